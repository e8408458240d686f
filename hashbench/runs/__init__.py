"""Grids of cells, their execution, and the records they leave."""

"""Executors: what works on the cells of a grid, here, in other processes, on a cluster."""

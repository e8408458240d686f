"""Transformer blocks and their parts: positions, attention, products in a chosen precision."""

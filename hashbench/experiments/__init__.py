"""Experiments: the paper's tables and figures, and transfer across data sets."""

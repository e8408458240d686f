"""Selective state space models: the scan over time, and the Mamba layer around it."""

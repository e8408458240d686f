"""Blocks that deep methods share."""

"""Neighbourhood structure of the training videos, and the loss that keeps it.

Of our methods only SSVH uses it today.
"""

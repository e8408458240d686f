"""Codes and encoders in the formats of other programs."""

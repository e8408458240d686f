"""Ranking by Hamming distance, the measures of a ranking, and their statistics."""

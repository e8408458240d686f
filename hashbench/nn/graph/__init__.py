"""Which training videos are near each other, and losses that keep it.

The neighbourhood structure is that of SSVH, the anchors are BTH's. K-means that gives the same
clusters again is for all that cluster.
"""

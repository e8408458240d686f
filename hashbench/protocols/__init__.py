"""Protocols: within one data set, across data sets, the paper's tables and figures."""

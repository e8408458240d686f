"""Search: the videos nearest to a query, in a data set or in files of codes.

Not called ``search``, since ``hashbench.search`` is the function.
"""

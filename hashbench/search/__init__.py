"""Search: the videos nearest to a query, in a data set or in files of codes."""

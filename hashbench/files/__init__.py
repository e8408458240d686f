"""Files: rows of arrays read a block at a time, and files named by a pattern."""

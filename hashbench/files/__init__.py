"""Files: written whole, locked, digested, kept, read a block at a time, named by a pattern."""

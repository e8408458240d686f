"""Files at the bottom of everything: written whole, locked, digested, kept, named by patterns."""

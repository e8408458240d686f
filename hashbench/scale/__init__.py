"""Work that outgrows one file or one machine: shards of codes, and clusters."""

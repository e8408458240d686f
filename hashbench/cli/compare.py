"""``hashbench compare``: whether methods differ, and by how much."""

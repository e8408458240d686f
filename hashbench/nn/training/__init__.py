"""Training of deep methods: feed, loop, recipes, checkpoints, several processes."""

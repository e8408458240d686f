"""Elementary functions in float32 that LLVM turns into vector instructions."""

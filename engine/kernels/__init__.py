"""Matrix products over 4-bit NF4 weights on processors: C sources, their compilation, and the wrapper around them."""

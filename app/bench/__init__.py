"""The benchmark: our engine beside transformers' generate() on the same weights, and both beside the hardware."""

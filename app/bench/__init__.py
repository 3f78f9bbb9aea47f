"""Measures this computer: ours beside transformers' generate() on the same weights, and both beside the hardware."""

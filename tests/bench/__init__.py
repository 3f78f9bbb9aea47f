"""Benchmarks: times are measured here and nowhere in the tests. `make bench` runs them."""

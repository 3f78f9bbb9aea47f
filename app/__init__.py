"""What runs: starts the program, wires window and engine together, remembers things on disk."""

__version__ = "0.1.0"

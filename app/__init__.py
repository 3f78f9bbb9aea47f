"""The running program: starts it, connects window and engine, and keeps the person's data on disk."""

__version__ = "0.1.0"

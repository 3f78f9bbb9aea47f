"""Text files: read with all that saving them needs, and saved so that nothing is lost."""

"""Text files: read with everything that saving needs, and saved without loss."""

"""What git knows of a repository, read from its files as data: ignore patterns, the person's own, tracked names."""

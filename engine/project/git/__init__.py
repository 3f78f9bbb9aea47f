"""A repository's ignore patterns and tracked names, read from git's files as data."""

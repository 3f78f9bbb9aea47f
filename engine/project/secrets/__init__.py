"""Signs of secrets: file names, keys of known shapes, and values assigned to telling names."""

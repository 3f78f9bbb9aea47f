"""A project folder: scanned, gated, outlined, ranked, and packed into a token budget."""

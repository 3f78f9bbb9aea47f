"""Model folders: found, fetched, loaded, removed."""

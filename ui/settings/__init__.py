"""The dialog in which the person sets what Lacuna remembers."""

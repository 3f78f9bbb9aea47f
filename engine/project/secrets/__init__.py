"""Signs that a file holds a secret: its name, keys of known shapes, and what is given to a name that speaks of one."""

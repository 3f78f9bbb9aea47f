"""Files that ship with the app, and the scripts that made them."""

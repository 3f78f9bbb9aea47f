"""The child processes as the window sees them."""

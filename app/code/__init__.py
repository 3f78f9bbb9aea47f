"""Open files and fills."""

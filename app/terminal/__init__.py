"""Commands without a window: the same engine in the calling process, for scripts and headless machines."""

"""The commands without a window: the same engine in the calling process, for scripts and machines without a screen."""

"""The window as a whole: started, connected, its place remembered."""

"""The window as a whole: started, wired, remembered."""

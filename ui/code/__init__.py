"""The code pane: tabs of open files, an editor, and the gap that the model fills in place."""

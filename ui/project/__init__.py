"""The project pane: a tree of files with their tokens, and what of them is sent to the model."""

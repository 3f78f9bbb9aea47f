"""The project pane: a tree with the tokens of each file, and what of it goes to the model."""

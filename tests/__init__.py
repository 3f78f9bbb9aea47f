"""The suite: unit/ mirrors the tree, gui/ drives the real window offscreen, e2e/ starts the real program."""

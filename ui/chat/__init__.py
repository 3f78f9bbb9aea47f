"""The chat pane: transcript, composer and the list of conversations."""

"""The starter model: how it was trained, how it is measured, and its weights."""

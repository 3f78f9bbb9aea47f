"""Widgets and words that several rooms of the window share. This package stands on ui/theme alone."""

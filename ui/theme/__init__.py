"""Colours, type and spacing: one table feeds palette, style sheet, highlighter and chat."""

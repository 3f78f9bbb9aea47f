"""The shell around the panes: window, menus, palette, status bar, notices and the small dialogs."""

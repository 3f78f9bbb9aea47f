"""The shell around the panes: window, menus, palette, status bar and small dialogs."""

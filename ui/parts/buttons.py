"""Buttons without a frame, for actions beside a text."""

from PySide6.QtWidgets import QPushButton


def quiet_button(text: str, name: str, *, dense: bool = True) -> QPushButton:
    """A frameless button. `name` says in full what it does: in the tooltip and to a screen reader."""
    button = QPushButton(text)
    button.setProperty("variant", "quiet")
    button.setProperty("dense", dense)
    button.setAccessibleName(name)
    button.setToolTip(name)
    return button

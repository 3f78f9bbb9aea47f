"""Prepares a small dialog, so that all of its text is in sight when it opens."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget


def fit_to_text(dialog: QDialog) -> None:
    """Make a dialog as large as its text needs, unless it has a size of its own, and delete it once it is closed.

    Wrapped text has its final height only in its final font, which a widget gets when it is polished. Without a size
    Qt would limit the dialog to two thirds of the screen.
    """
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for part in dialog.findChildren(QWidget):
        part.ensurePolished()
    if not dialog.testAttribute(Qt.WidgetAttribute.WA_Resized):
        dialog.resize(dialog.sizeHint())

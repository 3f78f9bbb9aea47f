"""Placeholder panes and a way to make the window with them, for tests of the shell alone."""

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from tests.conftest import ROOT
from tests.model_infos import model_info
from ui.theme.icons import Icons
from ui.theme.theme import Theme
from ui.window.main_window import MainWindow

STARTER = model_info(warnings=("This processor is slow.",))


class ShellPanes:
    """What stands in the window instead of the real panes: a tree, an editor, a line to type in.

    Attributes: project, code, chat, the panes; tree, editor, composer, what takes the focus in them.
    """

    def __init__(self) -> None:
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName("Files")
        QTreeWidgetItem(self.tree, ["sessions.py"])
        self.editor = QPlainTextEdit("def rebuild_auth(self):\n    pass\n")
        self.editor.setAccessibleName("Code")
        self.composer = QLineEdit()
        self.composer.setAccessibleName("Message")
        self.project, self.code, self.chat = (_pane(part) for part in (self.tree, self.editor, self.composer))


def make_window(panes: ShellPanes, theme: Theme, saved_state: bytes = b"") -> MainWindow:
    """The window as the application makes it, with its real icons."""
    icons = Icons(ROOT / "resources" / "icons")
    return MainWindow(panes.project, panes.code, panes.chat, icons, theme, version="1.2.3", saved_state=saved_state)


def _pane(part: QWidget) -> QWidget:
    pane = QWidget()
    layout = QVBoxLayout(pane)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(part)
    return pane

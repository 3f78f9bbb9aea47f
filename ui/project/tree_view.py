"""The tree of a project's files: keys, context menu and chevrons."""

from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, Qt, Signal, Slot
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication, QKeyEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractItemView, QMenu, QTreeView, QWidget

from engine.messages.project import TAKEN_OUT
from ui.parts.labels import without_mnemonic
from ui.project.file_tree import Inclusion, Node
from ui.project.row_delegate import RowDelegate
from ui.project.tree_model import TreeModel
from ui.project.wishes import OpenFile
from ui.theme.theme import SPACE, Theme

_CHEVRON_PX = 4.0


class TreeView(QTreeView):
    """Space ticks a row, Enter opens it, the menu key shows its menu.

    Attributes: files, the model.
    Signals: wished(OpenFile | Include).
    """

    wished = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.files = TreeModel(self)
        self.files.wished.connect(self.wished)
        self._theme = theme
        self._delegate = RowDelegate(theme, self)
        self.setModel(self.files)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Files of the project")
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setExpandsOnDoubleClick(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.NoDragDrop)
        self.setIndentation(4 * SPACE)
        self.activated.connect(self._on_activated)

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self._theme = theme
        self._delegate.set_theme(theme)
        self.viewport().update()

    @property
    def current_path(self) -> str:
        """The path of the current row, relative to the root; "" where there is none."""
        index = self.currentIndex()
        return self.files.node_at(index).path if index.isValid() else ""

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        node = self.files.node_at(index)
        if not node.is_folder:
            self.wished.emit(OpenFile(node.path))

    def _menu_for(self, node: Node) -> QMenu:
        menu = QMenu(self)
        if node.reason:
            menu.addAction(without_mnemonic(f"Left out: {node.reason}")).setEnabled(False)
            menu.addSeparator()
        if not node.is_folder:
            menu.addAction("Open in the code pane", partial(self.wished.emit, OpenFile(node.path)))
        toggle = menu.addAction(_toggle_words(node), partial(self.files.toggle, node))
        toggle.setEnabled(node.can_toggle)
        menu.addSeparator()
        menu.addAction("Copy the path", partial(QGuiApplication.clipboard().setText, node.path))
        return menu

    # --- Qt ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid():
            self.files.toggle(self.files.node_at(index))
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self._open_or_expand(index)
            return
        super().keyPressEvent(event)

    def _open_or_expand(self, index: QModelIndex) -> None:
        if self.files.node_at(index).is_folder:
            self.setExpanded(index, not self.isExpanded(index))
        else:
            self.wished.emit(OpenFile(self.files.node_at(index).path))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        at = event.pos()
        index = self.indexAt(at)
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            at = self.visualRect(index).bottomLeft()
        if index.isValid():
            menu = self._menu_for(self.files.node_at(index))
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.viewport().mapToGlobal(QPoint(at)))

    def drawBranches(self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        node = self.files.node_at(index)
        if not node.children:
            return
        x, y = rect.right() - self.indentation() / 2 + 0.5, rect.center().y() + 0.5
        step = _CHEVRON_PX
        if self.isExpanded(self.files.index_of(node)):
            points = [QPointF(x - step, y - step / 2), QPointF(x, y + step / 2), QPointF(x + step, y - step / 2)]
        else:
            points = [QPointF(x - step / 2, y - step), QPointF(x + step / 2, y), QPointF(x - step / 2, y + step)]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.colours.muted), 1.5))
        painter.drawPolyline(QPolygonF(points))
        painter.restore()


def _toggle_words(node: Node) -> str:
    if node.inclusion is not Inclusion.OUT:
        return "Leave out"
    return "Include nevertheless" if node.reason and node.reason != TAKEN_OUT else "Include again"

"""The file tree as a Qt model: one column of names with ticks. The delegate draws the rest of a row from its node."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from engine.shown import one_line
from ui.parts.labels import plain_tooltip
from ui.project.file_tree import FileTree, Inclusion, Node, Share
from ui.project.wishes import Include

Index = QModelIndex | QPersistentModelIndex

NODE_ROLE = Qt.ItemDataRole.UserRole

_NO_PARENT = QModelIndex()
_ROW_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_FILE_FLAGS = _ROW_FLAGS | Qt.ItemFlag.ItemNeverHasChildren  # saves the view a call of hasChildren() for each row
_CHECK_OF_INCLUSION = {
    Inclusion.IN: Qt.CheckState.Checked,
    Inclusion.OUT: Qt.CheckState.Unchecked,
    Inclusion.MIXED: Qt.CheckState.PartiallyChecked,
}
WORDS_OF_SHARE = {
    Share.UNKNOWN: "",
    Share.WHOLE: "sent with the last question",
    Share.PART: "sent in part with the last question",
    Share.NONE: "did not fit into the last question",
}


class TreeModel(QAbstractItemModel):
    """Shows a FileTree. A tick only asks for a change; the tree changes when new rows arrive.

    Attributes: tree.
    Signals: wished(Include).
    """

    wished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tree = FileTree(self)

    def clear(self) -> None:
        """Forget all rows."""
        self.beginResetModel()
        self.tree = FileTree(self)
        self.endResetModel()

    def node_at(self, index: Index) -> Node:
        """The node of an index; the root for an invalid index."""
        if not index.isValid():
            return self.tree.root
        node: Node = index.internalPointer()
        return node

    def index_of(self, node: Node) -> QModelIndex:
        """The index of a node."""
        return QModelIndex() if node.parent is None else self.createIndex(node.position, 0, node)

    @contextmanager
    def inserting(self, parent: Node, first: int, last: int) -> Iterator[None]:
        """Implements TreeListener."""
        self.beginInsertRows(self.index_of(parent), first, last)
        yield
        self.endInsertRows()

    @contextmanager
    def removing(self, parent: Node, first: int, last: int) -> Iterator[None]:
        """Implements TreeListener."""
        self.beginRemoveRows(self.index_of(parent), first, last)
        yield
        self.endRemoveRows()

    @contextmanager
    def reshaping(self) -> Iterator[None]:
        """Implements TreeListener for many changes at once."""
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        nodes = [self.node_at(index) for index in held]
        yield
        now = [self.index_of(node) if self.tree.find(node.path) is node else QModelIndex() for node in nodes]
        self.changePersistentIndexList(held, now)
        self.layoutChanged.emit()

    def changed(self, nodes: Iterable[Node]) -> None:
        """Implements TreeListener. Emits one range a folder, because a view searches its rows for each range."""
        ranges: dict[Node, tuple[int, int]] = {}
        for node in nodes:
            if node.parent is not None:
                position = node.position
                first, last = ranges.get(node.parent, (position, position))
                ranges[node.parent] = (min(first, position), max(last, position))
        for parent, (first, last) in ranges.items():
            children = parent.children
            self.dataChanged.emit(
                self.createIndex(first, 0, children[first]), self.createIndex(last, 0, children[last])
            )

    def toggle(self, node: Node) -> None:
        """Ask for the other state. A folder that is partly in is to be left out as a whole."""
        if node.can_toggle:
            path = node.path if node.row is None else node.row.path
            self.wished.emit(Include(path, wanted=node.inclusion is Inclusion.OUT))

    # --- Qt ---

    def index(self, row: int, column: int, parent: Index = _NO_PARENT) -> QModelIndex:
        children = self.node_at(parent).children
        if not 0 <= row < len(children) or column != 0:
            return QModelIndex()
        return self.createIndex(row, 0, children[row])

    def parent(self, index: Index = _NO_PARENT) -> QModelIndex:  # type: ignore[override]
        above = self.node_at(index).parent
        return QModelIndex() if above is None else self.index_of(above)

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return len(self.node_at(parent).children)

    def columnCount(self, _parent: Index = _NO_PARENT) -> int:
        return 1

    def flags(self, index: Index) -> Qt.ItemFlag:
        node = self.node_at(index)
        flags = _ROW_FLAGS if node.is_folder else _FILE_FLAGS
        return flags | Qt.ItemFlag.ItemIsUserCheckable if node.can_toggle else flags

    def hasChildren(self, parent: Index = _NO_PARENT) -> bool:
        return bool(self.node_at(parent).children)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node_at(index)
        if role == NODE_ROLE:
            return node
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(_tooltip(node))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(node)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return node.label
        if role == Qt.ItemDataRole.CheckStateRole and node.can_toggle:
            return _CHECK_OF_INCLUSION[node.inclusion]
        return None

    def setData(self, index: Index, _value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.toggle(self.node_at(index))
        return True


def _tooltip(node: Node) -> str:
    lines = [one_line(node.path)]
    if node.files_in:
        lines.append(f"{node.tokens:,} tokens" + (f" in {node.files_in:,} files" if node.is_folder else ""))
    if node.reason:
        lines.append(f"Left out: {node.reason}")
    if node.row is not None and node.row.note:
        lines.append(f"In part: {node.row.note}")
    if WORDS_OF_SHARE[node.share]:
        lines.append(WORDS_OF_SHARE[node.share].capitalize())
    return "\n".join(lines)


def _spoken(node: Node) -> str:
    """What a screen reader says for a row."""
    parts = [node.label, "folder" if node.is_folder else ""]
    parts.append(f"left out, {node.reason}" if node.reason else f"{node.tokens} tokens")
    parts.append(WORDS_OF_SHARE[node.share])
    return ", ".join(part for part in parts if part)

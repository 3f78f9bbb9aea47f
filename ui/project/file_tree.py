"""File rows as a tree with totals; without Qt, so that the Qt model on top only has to forward.

One listener is told of each change before and after it, because Qt needs both.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import StrEnum
from itertools import groupby
from typing import Protocol

from engine.messages.project import TAKEN_OUT, FileRow
from engine.shown import one_line

_MANY_RUNS = 8


class Share(StrEnum):
    """How much of a file was sent with the last question."""

    UNKNOWN = "unknown"
    WHOLE = "whole"
    PART = "part"
    NONE = "none"


class Inclusion(StrEnum):
    """Whether a file, or the content of a folder, is sent with questions."""

    IN = "in"
    OUT = "out"
    MIXED = "mixed"


class Node:
    """A file or folder. A folder's `tokens`, `files_in` and `files` are sums over everything below it.

    A folder that was not entered has a row of its own and no children. `taken_out` counts the files below that the
    person excluded. Files that the gate left out (engine/project/gate.py) do not make a folder mixed.
    """

    __slots__ = (
        *("children", "files", "files_in", "is_folder", "key", "name"),
        *("parent", "path", "row", "rows", "share", "taken_out", "tokens"),
    )

    def __init__(self, name: str, path: str, parent: "Node | None", *, is_folder: bool) -> None:
        self.name = name
        self.path = path
        self.parent = parent
        self.is_folder = is_folder
        self.key = (not is_folder, name.lower(), name)
        self.children: list[Node] = []
        self.row: FileRow | None = None
        self.share = Share.UNKNOWN
        self.tokens = 0
        self.files_in = 0
        self.files = 0
        self.taken_out = 0
        self.rows = 0  # of this node and below, including folders that were not entered

    @property
    def label(self) -> str:
        """The name on one line; a character that is not printable (a line feed, an undecodable byte) becomes U+FFFD."""
        return one_line(self.name)

    @property
    def position(self) -> int:
        """The index of this node among its parent's children."""
        return 0 if self.parent is None else bisect_left(self.parent.children, self.key, key=_key_of)

    @property
    def inclusion(self) -> Inclusion:
        if self.files_in == 0:
            return Inclusion.OUT
        return Inclusion.MIXED if self.taken_out else Inclusion.IN

    @property
    def reason(self) -> str:
        """Why it is left out; "" if it is not, and for folders that were entered."""
        return "" if self.row is None else self.row.reason

    @property
    def can_toggle(self) -> bool:
        """Whether the person can include or exclude it. A file that cannot be text stays out."""
        if self.row is None:
            return self.files_in + self.taken_out > 0
        return self.row.included or self.row.can_force


class TreeListener(Protocol):
    """What a Qt model over the tree must be told. Children are given by their indices, from `first` to `last`."""

    def inserting(self, parent: Node, first: int, last: int) -> AbstractContextManager[None]: ...

    def removing(self, parent: Node, first: int, last: int) -> AbstractContextManager[None]: ...

    def reshaping(self) -> AbstractContextManager[None]: ...

    def changed(self, nodes: Iterable[Node]) -> None: ...


class FileTree:
    """The files of a project. Paths are relative, with "/". A path that ends in "/" is a folder that was left out.

    New folders are built apart from the tree, and neighbours are added and removed together: a view pays for each
    notification, not for each row.
    """

    def __init__(self, listener: TreeListener) -> None:
        self.root = Node("", "", None, is_folder=True)
        self._listener = listener
        self._nodes: dict[str, Node] = {"": self.root}
        self._aside: dict[Node, None] = {}  # new nodes whose parent is in the tree, while they are not

    def find(self, path: str) -> Node | None:
        """The node of a path, with or without a "/" at its end."""
        return self._nodes.get(path.rstrip("/"))

    @property
    def paths(self) -> set[str]:
        """The paths of all rows, as they were given."""
        return {node.row.path for node in self._nodes.values() if node.row is not None}

    def put(self, rows: Iterable[FileRow]) -> None:
        """Add or replace rows. Each changed node, and each folder above, is reported once."""
        touched: dict[Node, None] = {}
        for row in rows:
            if self._paths_in_the_way(row.path):
                self._attach()
                self.remove(self._paths_in_the_way(row.path))
            path = row.path.rstrip("/")
            node = self._nodes.get(path) or self._build(path, is_folder=row.path.endswith("/"))
            touched.update(dict.fromkeys(_set_row(node, row)))
        self._attach()
        self._tell(touched)

    def remove(self, paths: Iterable[str]) -> None:
        """Remove rows, and folders that become empty."""
        touched: dict[Node, None] = {}
        without_row: list[Node] = []
        for path in paths:
            node = self.find(path)
            if node is not None and node.row is not None:
                touched.update(dict.fromkeys(_set_row(node, None)))
                without_row.append(node)
        tops = dict.fromkeys(_empty_top(node) for node in without_row if not node.rows)
        gone = [node for top in tops for node in _with_all_below(top)]
        runs = list(_runs(tops))
        with self._reshaping_where_many(runs) as tell_each:
            for parent, first, last in runs:
                with self._listener.removing(parent, first, last) if tell_each else nullcontext():
                    del parent.children[first : last + 1]
            for node in gone:
                del self._nodes[node.path]
        self._tell(touched)

    def mark(self, whole: Iterable[str], partial: Iterable[str]) -> None:
        """Note which files were sent with the last question. All other files were not."""
        shares = dict.fromkeys(whole, Share.WHOLE) | dict.fromkeys(partial, Share.PART)
        changed: list[Node] = []
        for node in self._nodes.values():
            if node.is_folder or node.row is None:
                continue
            share = shares.get(node.path, Share.NONE if node.row.included and node.tokens else Share.UNKNOWN)
            if share is not node.share:
                node.share = share
                changed.append(node)
        self._listener.changed(changed)

    def _paths_in_the_way(self, path: str) -> list[str]:
        """Rows that contradict this path: a file that is a folder now, or a folder that is a file now."""
        node = self._nodes.get(path.rstrip("/"))
        if node is not None and node.is_folder is not path.endswith("/"):
            return [below.row.path for below in _with_all_below(node) if below.row is not None]
        above = path.rstrip("/").rpartition("/")[0]
        while above and above not in self._nodes:
            above = above.rpartition("/")[0]
        return [above] if not self._nodes[above].is_folder else []

    def _build(self, path: str, *, is_folder: bool) -> Node:
        """Make a node and the folders above it. It waits in `_aside` if its folder is in the tree already."""
        above, _, name = path.rpartition("/")
        parent = self._nodes.get(above)
        is_parent_shown = parent is not None
        if parent is None:
            parent = self._build(above, is_folder=True)
        node = Node(name, path, parent, is_folder=is_folder)
        self._nodes[path] = node
        if is_parent_shown and not self._is_aside(parent):
            self._aside[node] = None
        else:
            insort(parent.children, node, key=_key_of)
        return node

    def _is_aside(self, node: Node) -> bool:
        at: Node | None = node
        while at is not None and at not in self._aside:
            at = at.parent
        return at is not None

    def _attach(self) -> None:
        """Add the waiting nodes to the tree, neighbours together."""
        by_parent: dict[Node, list[Node]] = {}
        for node in self._aside:
            if node.parent is not None:
                by_parent.setdefault(node.parent, []).append(node)
        self._aside = {}
        runs = [
            (parent, position, list(run))
            for parent, nodes in by_parent.items()
            # the last ones first, so that the other indices stay valid
            for position, run in groupby(sorted(nodes, key=_key_of, reverse=True), key=_position_of)
        ]
        with self._reshaping_where_many(runs) as tell_each:
            for parent, position, run in runs:
                with (
                    self._listener.inserting(parent, position, position + len(run) - 1) if tell_each else nullcontext()
                ):
                    parent.children[position:position] = reversed(run)

    @contextmanager
    def _reshaping_where_many(self, runs: Sized) -> Iterator[bool]:
        """Report many changes as one. Yields whether each change must be reported by itself.

        A view keeps an index of each open folder and looks all of them up again whenever rows are added or removed.
        """
        if len(runs) <= _MANY_RUNS:
            yield True
            return
        with self._listener.reshaping():
            yield False

    def _tell(self, touched: Iterable[Node]) -> None:
        """Report changed nodes, without those that were removed meanwhile."""
        self._listener.changed([node for node in touched if self._nodes.get(node.path) is node])


def _key_of(node: Node) -> tuple[bool, str, str]:
    return node.key


def _position_of(node: Node) -> int:
    return node.position


def _set_row(node: Node, row: FileRow | None) -> list[Node]:
    """Set a node's row, update the sums of every folder above, and return the nodes that changed."""
    before, node.row = node.row, row
    if before == row:
        return []
    rows = (row is not None) - (before is not None)
    tokens = _tokens_of(row) - _tokens_of(before)
    files = 0 if node.is_folder else rows
    files_in = _is_in(row) - _is_in(before)
    taken_out = _is_taken_out(row) - _is_taken_out(before)
    changed: list[Node] = []
    at: Node | None = node
    while at is not None:
        at.rows += rows
        at.tokens += tokens
        at.files += files
        at.files_in += files_in
        at.taken_out += taken_out
        changed.append(at)
        at = at.parent
    return changed


def _empty_top(node: Node) -> Node:
    """The highest folder, at or above a node, that has no row any more."""
    while node.parent is not None and node.parent.parent is not None and not node.parent.rows:
        node = node.parent
    return node


def _with_all_below(top: Node) -> list[Node]:
    nodes = [top]
    for node in nodes:
        nodes.extend(node.children)
    return nodes


def _runs(nodes: Iterable[Node]) -> Iterator[tuple[Node, int, int]]:
    """Neighbouring nodes as (parent, first index, last index); the last ones first, so that indices stay valid."""
    by_parent: dict[Node, list[int]] = {}
    for node in nodes:
        if node.parent is not None:
            by_parent.setdefault(node.parent, []).append(node.position)
    for parent, positions in by_parent.items():
        positions.sort(reverse=True)
        for _, run in groupby(enumerate(positions), key=lambda item: item[0] + item[1]):
            run_positions = [position for _, position in run]
            yield parent, run_positions[-1], run_positions[0]


def _is_taken_out(row: FileRow | None) -> bool:
    return row is not None and row.reason == TAKEN_OUT


def _is_in(row: FileRow | None) -> bool:
    return row is not None and row.included


def _tokens_of(row: FileRow | None) -> int:
    return row.tokens or 0 if row is not None and row.included else 0

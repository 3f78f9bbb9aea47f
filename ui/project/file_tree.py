"""File rows folded into a tree with totals; without Qt, so that a model above it only has to forward.

A change is told as it happens to one listener, because Qt wants to know of an insertion before and after it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol

from engine.messages import TAKEN_OUT, FileRow


class Share(StrEnum):
    """How much of a file went along with the last question."""

    UNKNOWN = "unknown"
    WHOLE = "whole"
    PART = "part"
    NONE = "none"


class Inclusion(StrEnum):
    """Whether a file, or what is in a folder, takes part."""

    IN = "in"
    OUT = "out"
    MIXED = "mixed"


class Node:
    """A file or folder. A folder's `tokens`, `files_in` and `files` are sums over what is below it.

    A folder that was not entered has a row of its own and no children. `taken_out` counts the files below that the
    person excluded; what the gate left out does not make a folder mixed.
    """

    __slots__ = (
        *("children", "files", "files_in", "is_folder", "key", "name"),
        *("parent", "path", "row", "share", "taken_out", "tokens"),
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

    @property
    def label(self) -> str:
        """The name as one line of text; what is not printable (a line feed, an undecodable byte) as U+FFFD."""
        return visible(self.name)

    @property
    def place(self) -> int:
        """Which child of its parent this is."""
        return 0 if self.parent is None else bisect_left(self.parent.children, self.key, key=_key_of)

    @property
    def inclusion(self) -> Inclusion:
        if self.files_in == 0:
            return Inclusion.OUT
        return Inclusion.MIXED if self.taken_out else Inclusion.IN

    @property
    def reason(self) -> str:
        """Why it is left out; empty where it is not, and for folders that were entered."""
        return "" if self.row is None else self.row.reason

    @property
    def can_toggle(self) -> bool:
        """Whether the person's word changes anything: not for what cannot be text at all."""
        if self.row is None:
            return self.files_in + self.taken_out > 0
        return self.row.included or self.row.can_force

    def files_below(self) -> Iterator["Node"]:
        """This node's files, itself included."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if node.row is not None and not node.is_folder:
                yield node
            waiting.extend(node.children)


class TreeListener(Protocol):
    """What a Qt model over the tree has to be told."""

    def inserting(self, parent: Node, place: int) -> AbstractContextManager[None]: ...

    def removing(self, parent: Node, place: int) -> AbstractContextManager[None]: ...

    def changed(self, nodes: Iterable[Node]) -> None: ...


class FileTree:
    """The files of a project. Paths are relative with "/"; a row whose path ends in "/" is a folder left out."""

    def __init__(self, listener: TreeListener) -> None:
        self.root = Node("", "", None, is_folder=True)
        self._listener = listener
        self._nodes: dict[str, Node] = {"": self.root}

    def find(self, path: str) -> Node | None:
        """The node of a path, with or without "/" at its end."""
        return self._nodes.get(path.rstrip("/"))

    @property
    def paths(self) -> set[str]:
        """The paths of all rows, as they came."""
        return {node.row.path for node in self._nodes.values() if node.row is not None}

    def put(self, rows: Iterable[FileRow]) -> None:
        """Add or replace rows; the nodes that changed, folders above included, are told once."""
        touched: dict[str, Node] = {}
        for row in rows:
            node = self._node_for(row)
            _set_row(node, row, touched)
        self._tell(touched)

    def remove(self, paths: Iterable[str]) -> None:
        """Take rows out, and folders that are empty then."""
        touched: dict[str, Node] = {}
        for path in paths:
            node = self.find(path)
            if node is None or node.row is None:
                continue
            _set_row(node, None, touched)
            self._prune(node)
        self._tell(touched)

    def mark(self, whole: Iterable[str], partial: Iterable[str]) -> None:
        """Note which files went along with the last question; all others in the project did not."""
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

    def _node_for(self, row: FileRow) -> Node:
        is_folder = row.path.endswith("/")
        path = row.path.rstrip("/")
        node = self._nodes.get(path)
        if node is not None and node.is_folder is not is_folder:
            self.remove([path, *(below.path for below in list(node.files_below()))])  # the other way round
            node = self._nodes.get(path)
        if node is None:
            node = self._insert(path, is_folder=is_folder)
        return node

    def _insert(self, path: str, *, is_folder: bool) -> Node:
        above, _, name = path.rpartition("/")
        parent = self._nodes.get(above)
        if parent is not None and not parent.is_folder:
            self.remove([above])  # what was a file is a folder now
            parent = None
        parent = parent or self._insert(above, is_folder=True)
        node = Node(name, path, parent, is_folder=is_folder)
        place = bisect_left(parent.children, node.key, key=_key_of)
        with self._listener.inserting(parent, place):
            parent.children.insert(place, node)
        self._nodes[path] = node
        return node

    def _tell(self, touched: dict[str, Node]) -> None:
        """Tell of changed nodes, less those that were taken out meanwhile."""
        self._listener.changed([node for path, node in touched.items() if self._nodes.get(path) is node])

    def _prune(self, node: Node) -> None:
        """Take out a node that holds nothing any more, and the folders above that are empty then."""
        while node.parent is not None and node.row is None and not node.children:
            parent, place = node.parent, node.place
            with self._listener.removing(parent, place):
                del parent.children[place]
            del self._nodes[node.path]
            node = parent


def _key_of(node: Node) -> tuple[bool, str, str]:
    return node.key


def _set_row(node: Node, row: FileRow | None, touched: dict[str, Node]) -> None:
    """Give a node its row and every folder above the difference."""
    before, node.row = node.row, row
    if before == row:
        return
    if node.is_folder:
        touched[node.path] = node
        return
    tokens = _tokens_of(row) - _tokens_of(before)
    files = (row is not None) - (before is not None)
    files_in = (row is not None and row.included) - (before is not None and before.included)
    taken_out = _is_taken_out(row) - _is_taken_out(before)
    at: Node | None = node
    while at is not None:
        at.tokens += tokens
        at.files += files
        at.files_in += files_in
        at.taken_out += taken_out
        touched[at.path] = at
        at = at.parent


def visible(text: str) -> str:
    """A name that fits one line and holds no lone surrogates, which Qt would swallow."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _is_taken_out(row: FileRow | None) -> bool:
    return row is not None and row.reason == TAKEN_OUT


def _tokens_of(row: FileRow | None) -> int:
    return row.tokens or 0 if row is not None and row.included else 0

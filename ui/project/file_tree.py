"""File rows folded into a tree with totals; without Qt, so that a model above it only has to forward.

A change is told as it happens to one listener, because Qt wants to know of an insertion before and after it.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sized
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import StrEnum
from itertools import groupby
from typing import Protocol

from engine.messages.project import TAKEN_OUT, FileRow

_MANY_RUNS = 8


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
        self.rows = 0  # here and below, those of folders that were not entered included

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
    """What a Qt model over the tree has to be told; children are named by their places, from `first` to `last`."""

    def inserting(self, parent: Node, first: int, last: int) -> AbstractContextManager[None]: ...

    def removing(self, parent: Node, first: int, last: int) -> AbstractContextManager[None]: ...

    def reshaping(self) -> AbstractContextManager[None]: ...

    def changed(self, nodes: Iterable[Node]) -> None: ...


class FileTree:
    """The files of a project. Paths are relative with "/"; a row whose path ends in "/" is a folder left out.

    New folders are built aside and neighbours come and go together: a view that shows thousands of rows pays for each
    telling, not for each row.
    """

    def __init__(self, listener: TreeListener) -> None:
        self.root = Node("", "", None, is_folder=True)
        self._listener = listener
        self._nodes: dict[str, Node] = {"": self.root}
        self._aside: dict[Node, None] = {}  # new nodes that hang on the tree's own, and which it does not have yet

    def find(self, path: str) -> Node | None:
        """The node of a path, with or without "/" at its end."""
        return self._nodes.get(path.rstrip("/"))

    @property
    def paths(self) -> set[str]:
        """The paths of all rows, as they came."""
        return {node.row.path for node in self._nodes.values() if node.row is not None}

    def put(self, rows: Iterable[FileRow]) -> None:
        """Add or replace rows; the nodes that changed, folders above included, are told once."""
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
        """Take rows out, and folders that are empty then."""
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

    def _paths_in_the_way(self, path: str) -> list[str]:
        """Rows that cannot stand beside this one: what was a file is a folder now, or the other way round."""
        node = self._nodes.get(path.rstrip("/"))
        if node is not None and node.is_folder is not path.endswith("/"):
            return [below.row.path for below in _with_all_below(node) if below.row is not None]
        above = path.rstrip("/").rpartition("/")[0]
        while above and above not in self._nodes:
            above = above.rpartition("/")[0]
        return [above] if not self._nodes[above].is_folder else []

    def _build(self, path: str, *, is_folder: bool) -> Node:
        """A new node with the folders that it needs: hung on new ones at once, kept aside where its folder is shown."""
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
        """Give the new nodes to the tree, those that will be neighbours at once."""
        by_parent: dict[Node, list[Node]] = {}
        for node in self._aside:
            if node.parent is not None:
                by_parent.setdefault(node.parent, []).append(node)
        self._aside = {}
        runs = [
            (parent, place, list(run))
            for parent, nodes in by_parent.items()
            # the last ones first, so that places stay true
            for place, run in groupby(sorted(nodes, key=_key_of, reverse=True), key=_place_of)
        ]
        with self._reshaping_where_many(runs) as tell_each:
            for parent, place, run in runs:
                with self._listener.inserting(parent, place, place + len(run) - 1) if tell_each else nullcontext():
                    parent.children[place:place] = reversed(run)

    @contextmanager
    def _reshaping_where_many(self, runs: Sized) -> Iterator[bool]:
        """Tell of many changes as one; gives whether each has to be told by itself.

        A view holds on to each open folder, and asks for all of their places whenever rows come or go.
        """
        if len(runs) <= _MANY_RUNS:
            yield True
            return
        with self._listener.reshaping():
            yield False

    def _tell(self, touched: Iterable[Node]) -> None:
        """Tell of changed nodes, less those that were taken out meanwhile."""
        self._listener.changed([node for node in touched if self._nodes.get(node.path) is node])


def _key_of(node: Node) -> tuple[bool, str, str]:
    return node.key


def _place_of(node: Node) -> int:
    return node.place


def _set_row(node: Node, row: FileRow | None) -> list[Node]:
    """Give a node its row and every folder above the difference; returns those that look different now."""
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
    """The highest folder at or above a node that holds no row any more."""
    while node.parent is not None and node.parent.parent is not None and not node.parent.rows:
        node = node.parent
    return node


def _with_all_below(top: Node) -> list[Node]:
    nodes = [top]
    for node in nodes:
        nodes.extend(node.children)
    return nodes


def _runs(nodes: Iterable[Node]) -> Iterator[tuple[Node, int, int]]:
    """Neighbours among nodes as (parent, first place, last place), the last ones first, so that places stay true."""
    by_parent: dict[Node, list[int]] = {}
    for node in nodes:
        if node.parent is not None:
            by_parent.setdefault(node.parent, []).append(node.place)
    for parent, places in by_parent.items():
        places.sort(reverse=True)
        for _, run in groupby(enumerate(places), key=lambda item: item[0] + item[1]):
            run_places = [place for _, place in run]
            yield parent, run_places[-1], run_places[0]


def visible(text: str) -> str:
    """A name that fits one line and holds no lone surrogates, which Qt would swallow."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _is_taken_out(row: FileRow | None) -> bool:
    return row is not None and row.reason == TAKEN_OUT


def _is_in(row: FileRow | None) -> bool:
    return row is not None and row.included


def _tokens_of(row: FileRow | None) -> int:
    return row.tokens or 0 if row is not None and row.included else 0

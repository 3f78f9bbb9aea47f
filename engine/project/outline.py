"""The outline at the start of a packed project: its files and their definitions, within a share of the budget.

It does not depend on the question, so the KV cache of its tokens is reused for the next one. If not all paths fit,
folders are listed with their number of files, and expanded while there is room.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence

from engine.project.definitions import Definition
from engine.project.entries import SourceFile, shown
from engine.project.numbering import path_for_prompt
from engine.project.ranking import is_test, reading_order
from engine.prompts.text import disarm
from engine.tokens.lines import LineEncoder

DefinitionsOf = Callable[[SourceFile], Sequence[Definition]]

_MAX_LABELS = 14
_MAX_TOKENS = 2_000
_BEHIND_ALL_PATHS = "\U0010ffff"


class _Folder:
    """A folder of the project; `path` is "" or ends in "/"."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.folders: dict[str, _Folder] = {}
        self.files: list[SourceFile] = []
        self.count = 0

    def put(self, file: SourceFile) -> None:
        """Insert a file by its path."""
        at = self
        at.count += 1
        for name in file.path.split("/")[:-1]:
            at = at.folders.setdefault(name, _Folder(f"{at.path}{name}/"))
            at.count += 1
        at.files.append(file)


class Outline:
    """Writes the outline. Calls `definitions_of` only for files whose definitions may still fit."""

    def __init__(self, encoder: LineEncoder, definitions_of: DefinitionsOf) -> None:
        self._encoder = encoder
        self._definitions_of = definitions_of

    def encode(
        self, name: str, files: Sequence[SourceFile], budget_tokens: int, *, with_definitions: bool
    ) -> "array[int]":
        """At most `budget_tokens` ids of whole lines, ordered by path; empty if not even the title fits."""
        title = f"Project {disarm(shown(name))[0]}, {_files(len(files))}. Lines of files have their numbers in front.\n"
        outline = self._ids(title)
        left = min(budget_tokens, _MAX_TOKENS) - len(outline)
        if left < 0:
            return array("I")
        root = _Folder("")
        for file in files:
            root.put(file)
        lines, left = self._open_folders(root, left)
        if with_definitions:
            self._add_definitions(lines, sorted(files, key=reading_order), left)
        for path in sorted(lines):
            outline.extend(lines[path])
        return outline

    def _open_folders(self, root: _Folder, left: int) -> "tuple[dict[str, array[int]], int]":
        """Lines by path. Folders are expanded from the top down, tests last, each only if its content fits."""
        lines: dict[str, array[int]] = {root.path: array("I")}
        waiting = [root]
        while waiting:
            waiting.sort(key=lambda folder: (is_test(folder.path + "x"), folder.path.count("/"), folder.path))
            folder = waiting.pop(0)
            inside = dict(self._lines_in(folder))
            cost = sum(map(len, inside.values())) - len(lines[folder.path])
            if cost <= left:
                left -= cost
                del lines[folder.path]
                lines.update(inside)
                waiting.extend(folder.folders.values())
            elif folder is root:
                return self._first_lines(inside, left)
        return lines, left

    def _first_lines(self, inside: "dict[str, array[int]]", left: int) -> "tuple[dict[str, array[int]], int]":
        """As many of the root's own lines as fit, and a line that there are more."""
        more = self._ids("and more\n")
        lines: dict[str, array[int]] = {}
        left -= len(more)
        for path, ids in sorted(inside.items()):
            if len(ids) > left:
                break
            lines[path] = ids
            left -= len(ids)
        if left >= 0:
            lines[_BEHIND_ALL_PATHS] = more
        return lines, max(0, left)

    def _lines_in(self, folder: _Folder) -> "Iterator[tuple[str, array[int]]]":
        for file in folder.files:
            yield file.path, self._ids(f"{path_for_prompt(file.path)}\n")
        for inner in folder.folders.values():
            yield inner.path, self._ids(f"{path_for_prompt(inner.path)} ({_files(inner.count)})\n")

    def _add_definitions(self, lines: "dict[str, array[int]]", files: Sequence[SourceFile], left: int) -> None:
        """Add definitions to paths, the most important files first, while they fit."""
        for file in files:
            if left <= 0:
                return
            labels = self._labels_of(file) if file.path in lines else ""
            if not labels:
                continue
            ids = self._ids(f"{path_for_prompt(file.path)}: {labels}\n")
            extra = len(ids) - len(lines[file.path])
            if extra <= left:
                lines[file.path] = ids
                left -= extra

    def _labels_of(self, file: SourceFile) -> str:
        labels = list(dict.fromkeys(definition.label for definition in self._definitions_of(file)))
        more = ", ..." if len(labels) > _MAX_LABELS else ""
        return disarm(f"{shown(', '.join(labels[:_MAX_LABELS]))}{more}")[0]

    def _ids(self, line: str) -> "array[int]":
        return array("I", self._encoder.encode_document(line))


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"

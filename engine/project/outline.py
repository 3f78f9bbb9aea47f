"""The first lines of a packed project: which files there are and what they define, within a share of the budget.

It does not depend on the question, so that it is read once and reused for the next one.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence

from engine.project.definitions import Definition
from engine.project.entries import SourceFile, shown
from engine.project.numbering import path_for_prompt
from engine.project.ranking import reading_order
from engine.prompts.text import disarm
from engine.tokens.lines import LineEncoder

DefinitionsOf = Callable[[SourceFile], Sequence[Definition]]

_MAX_LABELS = 14
_MAX_TOKENS = 2_000


class Outline:
    """Writes the outline. `definitions_of` is asked only about files whose definitions could still fit."""

    def __init__(self, encoder: LineEncoder, definitions_of: DefinitionsOf) -> None:
        self._encoder = encoder
        self._definitions_of = definitions_of

    def encode(
        self, name: str, files: Sequence[SourceFile], budget_tokens: int, *, with_definitions: bool
    ) -> "array[int]":
        """At most `budget_tokens` ids of whole lines, in the order of paths; empty where not even the title fits."""
        title = self._ids(
            f"Project {disarm(shown(name))[0]}, {len(files)} files. Lines of files have their numbers in front.\n"
        )
        left = min(budget_tokens, _MAX_TOKENS) - len(title)
        if left < 0:
            return array("I")
        more = self._ids(f"and {len(files)} more files\n")
        by_importance = sorted(files, key=reading_order)
        lines: dict[str, array[int]] = {}
        left = self._add_paths(lines, by_importance, left, len(more))
        if with_definitions:
            self._add_definitions(lines, by_importance, left)
        outline = title
        for path in sorted(lines):
            outline.extend(lines[path])
        if len(lines) < len(files):
            outline.extend(self._ids(f"and {len(files) - len(lines)} more files\n"))
        return outline

    def _add_paths(
        self, lines: "dict[str, array[int]]", files: Iterable[SourceFile], left: int, more_tokens: int
    ) -> int:
        """Put paths in while they and the line about the rest fit; returns the tokens that are left."""
        for file in files:
            ids = self._ids(f"{path_for_prompt(file.path)}\n")
            if len(ids) + more_tokens > left:
                return left - more_tokens
            lines[file.path] = ids
            left -= len(ids)
        return left

    def _add_definitions(self, lines: "dict[str, array[int]]", files: Iterable[SourceFile], left: int) -> None:
        """Replace paths by paths with definitions, the most important files first, while they fit."""
        for file in files:
            if left <= 0 or file.path not in lines:
                return
            labels = list(dict.fromkeys(definition.label for definition in self._definitions_of(file)))
            if not labels:
                continue
            more = ", ..." if len(labels) > _MAX_LABELS else ""
            text = disarm(f"{shown(', '.join(labels[:_MAX_LABELS]))}{more}")[0]
            ids = self._ids(f"{path_for_prompt(file.path)}: {text}\n")
            extra = len(ids) - len(lines[file.path])
            if extra <= left:
                lines[file.path] = ids
                left -= extra

    def _ids(self, line: str) -> "array[int]":
        return array("I", self._encoder.encode_document(line))

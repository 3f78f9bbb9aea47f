"""Turns found files into texts with token counts. An unchanged file costs one comparison."""

import os
from dataclasses import replace

from engine.messages.project import TAKEN_OUT, FileRow
from engine.project.descent import Descent
from engine.project.entries import FoundFile, LeftOut, SourceFile
from engine.project.gate import judge
from engine.project.journal import FileState, Journal
from engine.prompts.text import disarm, normalise_line_ends
from engine.tokens.lines import LineEncoder


class FileReader:
    """Reads the files of one folder through the gate and caches the results by path, size and time."""

    def __init__(self, root: str, encoder: LineEncoder, journal: Journal) -> None:
        self.root = root
        self._encoder = encoder
        self._journal = journal
        self._read: dict[str, tuple[FoundFile, SourceFile | LeftOut]] = {}
        self._counted: dict[str, tuple[str, int]] = {}  # by path: the counted text and its tokens

    def read(self, descent: Descent, file: FoundFile) -> SourceFile | LeftOut:
        """The file's text, or why it is left out. No content of a file makes it raise."""
        known = self._read.get(file.path)
        if known is not None and known[0] == file:
            return known[1]
        outcome = self._parse(descent, file)
        if known is not None and isinstance(outcome, SourceFile) and isinstance(known[1], SourceFile):
            was = known[1]
            outcome = replace(outcome, changes=was.changes + (was.text != outcome.text))
        self._read[file.path] = (file, outcome)
        return outcome

    def read_again(self, descent: Descent, file: SourceFile) -> SourceFile | LeftOut | None:
        """The file's present state: the same object if it did not change, None if it is gone."""
        known = self._read.get(file.path)
        try:
            status = descent.status(file.path)
        except OSError:
            return None
        if known is None or (known[0].size_bytes, known[0].mtime_ns) == (status.st_size, status.st_mtime_ns):
            return file
        return self.read(descent, replace(known[0], size_bytes=status.st_size, mtime_ns=status.st_mtime_ns))

    def forget_all_but(self, paths: set[str]) -> None:
        """Drop the cached results of files that are gone."""
        self._read = {path: known for path, known in self._read.items() if path in paths}
        self._counted = {path: known for path, known in self._counted.items() if path in paths}

    def excluded_row(self, file: FoundFile) -> FileRow:
        """The row of a file that the person excluded. It is not read; tokens are shown if it was counted before."""
        known = self._read.get(file.path)
        tokens = known[1].tokens if known is not None and isinstance(known[1], SourceFile) else None
        return FileRow(file.path, file.size_bytes, tokens, False, TAKEN_OUT, can_force=True)

    def _parse(self, descent: Descent, file: FoundFile) -> SourceFile | LeftOut:
        state = FileState(os.path.join(self.root, file.path), file.size_bytes, file.mtime_ns)
        if state in self._journal.suspects and not file.forced:
            return LeftOut(file.path, file.size_bytes, "skipped: reading it ended the reader", can_force=True)
        with self._journal.noting(state):
            admitted = judge(descent, file)
            if isinstance(admitted, LeftOut):
                return admitted
            text = normalise_line_ends(admitted.text)
            tokens = self._encoder.count_edited(text, *self._counted.get(file.path, ("", 0)))
            self._counted[file.path] = text, tokens
            harmless, disarmed = disarm(text)
            return SourceFile(
                file.path,
                file.size_bytes,
                file.mtime_ns,
                _whole_lines(harmless),
                tokens,
                disarmed=disarmed,
                note=admitted.note,
            )


def _whole_lines(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"

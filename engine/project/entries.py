"""The results of reading a folder: found files, left-out files and folders with reasons, faults, texts."""

from dataclasses import dataclass

from engine.messages.project import FileRow


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file that no rule on names and places excludes. `path` is relative to the root, with "/"."""

    path: str
    size_bytes: int
    mtime_ns: int
    forced: bool = False  # the person included this very file
    excluded: bool = False  # the person excluded it or a folder above it


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file, or a folder that was not entered (`path` ends in "/"), with the reason for the person."""

    path: str
    size_bytes: int
    reason: str
    can_force: bool = False  # whether the person may include it all the same
    may_be_secret: bool = False

    def row(self) -> FileRow:
        return FileRow(
            self.path, self.size_bytes, None, False, self.reason, self.can_force, may_be_secret=self.may_be_secret
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """A sentence about something unreadable."""

    sentence: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that passed the gate, as the model may see it: with LF line ends, a final one too, and chat tags disarmed.

    `tokens` counts the text without the line numbers of a prompt. `changes` counts edits while the project was open.
    `disarmed`: chat tags in it were spaced out. `note` says which parts of the file are left out.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    text: str
    tokens: int
    changes: int = 0
    disarmed: bool = False
    note: str = ""

    @property
    def lines(self) -> list[str]:
        """The lines without their line feeds."""
        return self.text.split("\n")[:-1]

    @property
    def line_count(self) -> int:
        return self.text.count("\n")

    def row(self) -> FileRow:
        return FileRow(self.path, self.size_bytes, self.tokens, True, note=self.note)


def shown(path: str) -> str:
    """A path for a sentence or a prompt: one line, valid Unicode, no control characters."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in path)

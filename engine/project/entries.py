"""What reading a folder yields: files found, files and folders left out with the reason, faults, texts."""

from dataclasses import dataclass

from engine.messages.project import FileRow


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file that no rule about names and places leaves out. `path` is relative to the root, with "/"."""

    path: str
    size_bytes: int
    mtime_ns: int
    forced: bool = False  # the person asked for this very file
    excluded: bool = False  # the person took it, or a folder above it, out


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file, or a folder that was not entered (`path` ends in "/"), with the reason in words for the person."""

    path: str
    size_bytes: int
    reason: str
    can_force: bool = False  # whether the person may let it in nevertheless
    may_be_secret: bool = False

    def row(self) -> FileRow:
        return FileRow(
            self.path, self.size_bytes, None, False, self.reason, self.can_force, may_be_secret=self.may_be_secret
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """A sentence about something that could not be read at all."""

    sentence: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that passed the gate, as the model may see it: line ends are LF, chat tags disarmed, the last line ended.

    `tokens` counts the file's own text, before the line numbers that it gets in a prompt. `changes` says how often it
    was edited while the project was open, `disarmed` whether chat tags in it were spaced out, `note` what of the file
    the text leaves out.
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
    """A path as it can stand in a sentence or a prompt: one line, valid Unicode, nothing that steers a terminal."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in path)

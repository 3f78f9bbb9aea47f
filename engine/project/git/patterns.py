"""The patterns of an ignore file, applied as git does (gitignore(5)): the last matching pattern wins."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

from engine.project.git.wildmatch import Glob, compile_glob

_MARK = b"\xef\xbb\xbf"
_SPECIAL = frozenset(b"*?[\\")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line. `literal` must begin the name or path and `glob` match the rest; either may be the whole pattern.

    `by_name` compares with a path's last part, else with the path below the ignore file's folder.
    """

    literal: bytes
    glob: Glob | None
    ignores: bool
    folders_only: bool
    by_name: bool
    fold_case: bool = False

    def matches(self, path: bytes, name: bytes, *, is_folder: bool) -> bool:
        """Whether the pattern means this very path; that it means a folder above was asked when that was entered."""
        if self.folders_only and not is_folder:
            return False
        text = name if self.by_name else path
        start = text[: len(self.literal)]
        if (start.lower() if self.fold_case else start) != self.literal:
            return False
        return len(text) == len(self.literal) if self.glob is None else self.glob.matches(text[len(self.literal) :])


@dataclass(slots=True)
class _Plain:
    """What most lines are: names, and `*` before an ending. All of them cost a few look-ups; the last line counts."""

    names: dict[bytes, int] = field(default_factory=dict)
    endings: dict[bytes, int] = field(default_factory=dict)
    lengths: set[int] = field(default_factory=set)  # of the endings

    def add(self, pattern: Pattern, number: int) -> bool:
        """Take a pattern in; False if it is none of these."""
        if not pattern.by_name or pattern.fold_case:
            return False
        if pattern.glob is None:
            self.names[pattern.literal] = number
        elif pattern.glob.is_ending:
            self.endings[pattern.glob.tail] = number
            self.lengths.add(len(pattern.glob.tail))
        return pattern.glob is None or pattern.glob.is_ending

    def last_match(self, name: bytes) -> int:
        """The number of the last line that matches; -1 for none."""
        last = self.names.get(name, -1)
        for length in self.lengths:
            if length <= len(name):
                last = max(last, self.endings.get(name[len(name) - length :], -1))
        return last


@dataclass(slots=True)
class PatternList:
    """The patterns of one file, in order."""

    _any: _Plain = field(default_factory=_Plain)
    _folders: _Plain = field(default_factory=_Plain)
    _others: list[tuple[int, Pattern]] = field(default_factory=list)
    _ignores: list[bool] = field(default_factory=list)

    @classmethod
    def read(cls, content: bytes, *, fold_case: bool = False) -> Self:
        """The patterns of a file's bytes."""
        found = cls()
        for pattern in _patterns(content, fold_case):
            found._add(pattern)
        return found

    def __bool__(self) -> bool:
        return bool(self._ignores)

    def decide(self, path: bytes, *, is_folder: bool) -> bool | None:
        """Whether the path, relative to the ignore file's folder, is ignored; None if no pattern matches."""
        name = path.rpartition(b"/")[2]
        best = self._any.last_match(name)
        if is_folder:
            best = max(best, self._folders.last_match(name))
        for number, pattern in reversed(self._others):
            if number < best:
                break
            if pattern.matches(path, name, is_folder=is_folder):
                best = number
                break
        return None if best < 0 else self._ignores[best]

    def _add(self, pattern: Pattern) -> None:
        number = len(self._ignores)
        self._ignores.append(pattern.ignores)
        plain = self._folders if pattern.folders_only else self._any
        if not plain.add(pattern, number):
            self._others.append((number, pattern))


def _patterns(content: bytes, fold_case: bool) -> Iterator[Pattern]:
    for line in content.removeprefix(_MARK).split(b"\n"):
        if not line.startswith(b"#"):
            pattern = _pattern(_without_trailing_spaces(line.removesuffix(b"\r").partition(b"\0")[0]), fold_case)
            if pattern is not None:
                yield pattern


def _without_trailing_spaces(line: bytes) -> bytes:
    """A line without trailing spaces, unless the first of them is escaped. Tabs are kept, as in git."""
    bare = line.rstrip(b" ")
    escapes = len(bare) - len(bare.rstrip(b"\\"))
    return bare + b" " if escapes % 2 and len(bare) < len(line) else bare


def _pattern(line: bytes, fold_case: bool) -> Pattern | None:
    text = line.removeprefix(b"!")
    folders_only = text.endswith(b"/")
    text = text.removesuffix(b"/")
    by_name = b"/" not in text
    text = text.removeprefix(b"/") if not by_name else text
    if not text:
        return None
    plain = next((at for at, byte in enumerate(text) if byte in _SPECIAL), len(text))
    if by_name and plain < len(text):
        plain = 0  # git compares a name with the whole pattern, and a path with what follows the plain part
    literal, rest = text[:plain], text[plain:]
    glob = compile_glob(rest, fold_case=fold_case) if rest else None
    if rest and glob is None:
        return None
    return Pattern(
        literal.lower() if fold_case else literal,
        glob,
        ignores=not line.startswith(b"!"),
        folders_only=folders_only,
        by_name=by_name,
        fold_case=fold_case,
    )

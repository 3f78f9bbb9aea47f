"""The names that git tracks, read from its index (gitformat-index(5), versions 2 to 4) as data.

A tracked file is never ignored. Only names are read. A missing or damaged index tracks nothing, so the ignore rules
then apply to all files. The shared part of a split index is not read, since deletions from it are in a bitmap.
"""

import os
from bisect import bisect_left
from dataclasses import dataclass
from typing import Self

from engine.project.plain_file import read_plain

_MAX_BYTES, _MAX_NAME_BYTES, _MAX_BYTES_OF_ALL_NAMES = 128 << 20, 4096, 256 << 20
_HEADER_BYTES = 12
_TIMES_AND_OWNER_BYTES = 40
_EXTENDED = 0x4000
_MAX_VARINT_BYTES = 9


@dataclass(frozen=True, slots=True)
class TrackedNames:
    """Paths below the repository's top, in byte order. A submodule is one path: its folder."""

    names: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, git_dir: str, *, hash_bytes: int) -> Self:
        """The names in a repository's index."""
        try:
            content = read_plain(os.path.join(git_dir, "index"), _MAX_BYTES)
        except OSError:
            return cls()
        return cls(tuple(sorted(set(_names(content, hash_bytes)))))

    def __contains__(self, path: bytes) -> bool:
        place = bisect_left(self.names, path)
        return place < len(self.names) and self.names[place] == path

    def any_below(self, folder: bytes) -> bool:
        """Whether anything below a folder is tracked; the path ends in "/", or is empty for the top."""
        place = bisect_left(self.names, folder)
        return place < len(self.names) and self.names[place].startswith(folder)


def _names(content: bytes, hash_bytes: int) -> list[bytes]:
    """The entries' names; none if any entry is invalid, since the file is then no index."""
    version, count = int.from_bytes(content[4:8]), int.from_bytes(content[8:_HEADER_BYTES])
    if content[:4] != b"DIRC" or version not in (2, 3, 4):
        return []
    names: list[bytes] = []
    at, before, names_bytes = _HEADER_BYTES, b"", 0
    for _ in range(count):
        flags_at = at + _TIMES_AND_OWNER_BYTES + hash_bytes
        start = flags_at + (4 if content[flags_at] & (_EXTENDED >> 8) else 2) if flags_at < len(content) else flags_at
        if version == 4:
            dropped, start = _varint(content, start)
            if dropped > len(before):
                return []
        end = content.find(b"\0", start)
        if end < 0:
            return []
        if version == 4:
            before = before[: len(before) - dropped] + content[start:end]
            at = end + 1
        else:
            before = content[start:end]
            at += (end - at + 8) & ~7  # one to eight NULs pad to a multiple of eight
        names_bytes += len(before)
        if len(before) > _MAX_NAME_BYTES or names_bytes > _MAX_BYTES_OF_ALL_NAMES:
            return []
        names.append(before)
    return names


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """A number in the pack format's offset encoding, and its end; a huge number if it is invalid."""
    value = 0
    for place in range(at, min(at + _MAX_VARINT_BYTES, len(content))):
        value = (value << 7) | (content[place] & 0x7F)
        if not content[place] & 0x80:
            return value, place + 1
        value += 1
    return 1 << 62, at

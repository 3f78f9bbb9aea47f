"""A text file for the editor: its text, and all that is needed to save it byte for byte."""

import errno
import hashlib
import os
import stat
from dataclasses import dataclass, field

from app.documents.newlines import Newlines, join_newlines, split_newlines
from engine.errors import ErrorCode, LacunaError
from engine.shown import last_part
from engine.text_files import Encoding, NotTextError, decode, decode_as

MAX_FILE_BYTES = 5_000_000  # Qt can lay out this much, and a draft of it can be written, without freezing the window
MAX_LINE_CHARS = 100_000  # Qt lays out a whole line at each key press in it


@dataclass(frozen=True, slots=True)
class FileText:
    """A file's content as last read or saved.

    `text` has LF for every line end. `mode` are the permission bits. `sha256` is the bytes' hash, empty for a file
    that is not on disk yet.
    """

    path: str
    text: str = ""
    encoding: Encoding = field(default_factory=Encoding)
    newlines: Newlines = field(default_factory=Newlines)
    mode: int = 0o644
    sha256: str = ""
    mtime_ns: int = 0

    def with_line_ends(self, text: str) -> str:
        """An edited text with this file's line ends."""
        return join_newlines(text, self.text, self.newlines)


def read_file(path: str, known: Encoding | None = None) -> FileText:
    """Read a file for editing. Raises LacunaError FILE_UNREADABLE with a sentence for each way this can fail.

    `known` is the encoding that the person confirmed or that an unsaved text was read in. If the bytes no longer fit
    it, the encoding is detected again.
    """
    data, status = read_bytes(path)
    try:
        raw, encoding = (decode_as(data, known) if known is not None else None) or decode(data)
    except NotTextError:
        raise unreadable(path, "is not a text file, so it was not opened", "Open it with another program.") from None
    longest = max(map(len, raw.splitlines()), default=0)
    if longest > MAX_LINE_CHARS:
        raise unreadable(
            path,
            f"has a line of {longest:,} characters; editing lines above {MAX_LINE_CHARS:,} would freeze the window",
            "Break the line up with another program first.",
        )
    return file_text_of(path, raw, encoding, data, status)


def file_text_of(path: str, raw: str, encoding: Encoding, data: bytes, status: os.stat_result) -> FileText:
    """A file with the bytes `raw`, which decode to `data` in that encoding."""
    text, newlines = split_newlines(raw)
    digest = hashlib.sha256(data).hexdigest()
    return FileText(path, text, encoding, newlines, stat.S_IMODE(status.st_mode), digest, status.st_mtime_ns)


def read_bytes(path: str) -> tuple[bytes, os.stat_result]:
    """A file's bytes and its status. Raises LacunaError FILE_UNREADABLE."""
    try:
        return _read_bytes(path)
    except OSError as error:
        raise unreadable(path, _why_not_read(error), _what_to_do(error), repr(error)) from None


def disk_hash(path: str) -> str:
    """SHA-256 of the file on disk, or empty if there is none. Raises OSError.

    A file that has become too large to open gets a value that equals no hash, so it counts as changed.
    """
    try:
        return hashlib.sha256(_read_bytes(path)[0]).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except _TooLargeError:
        return "too large"


class _TooLargeError(OSError):
    """The error for a file above the size limit."""


class _NotRegularError(OSError):
    """The error for a pipe or a device."""


def _read_bytes(path: str) -> tuple[bytes, os.stat_result]:
    # Without O_NONBLOCK, opening a pipe without a writer would block for ever.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise _NotRegularError(errno.EINVAL, "not a regular file")
        data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise _TooLargeError(errno.EFBIG, f"is {status.st_size / 1e6:.0f} MB large")
        return data, status


def _why_not_read(error: OSError) -> str:
    match error:
        case _TooLargeError():
            return f"{error.strerror}; files above {MAX_FILE_BYTES // 1_000_000} MB are not opened here"
        case IsADirectoryError():
            return "is a folder, so it can't be opened as a text"
        case _NotRegularError():
            return "is not a regular file, so it can't be opened as a text"
        case FileNotFoundError() | NotADirectoryError():
            return "does not exist any more"
        case PermissionError():
            return "may not be read by you"
        case _:
            return f"could not be read ({error.strerror or error})"


def _what_to_do(error: OSError) -> str:
    match error:
        case _TooLargeError():
            return "Open it with a viewer for large files."
        case IsADirectoryError() | _NotRegularError():
            return "Choose a file."
        case FileNotFoundError() | NotADirectoryError():
            return "It may have been moved or renamed."
        case PermissionError():
            return "Change its permissions, then open it again."
        case _:
            return "Check the disk or the connection to it, then try again."


def unreadable(path: str, why: str, next_step: str, detail: str = "") -> LacunaError:
    """The error for a file that can't be opened; `why` continues the sentence after its name."""
    return LacunaError(ErrorCode.FILE_UNREADABLE, f"{last_part(path)} {why}.", next_step, detail)

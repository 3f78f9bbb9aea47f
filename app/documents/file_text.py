"""A text file as the editor needs it: the text, and everything that saving it unchanged depends on."""

import errno
import hashlib
import os
import stat
from dataclasses import dataclass, field

from app.documents.newlines import Newlines, join_newlines, split_newlines
from engine.errors import ErrorCode, LacunaError
from engine.shown import last_part
from engine.text_files import Encoding, NotTextError, decode, decode_as

MAX_FILE_BYTES = 5_000_000  # what Qt lays out, and a draft takes to write, without the window standing still
MAX_LINE_CHARS = 100_000  # Qt lays a line out as a whole, on each key press in it


@dataclass(frozen=True, slots=True)
class FileText:
    """What a file held when it was read or saved last.

    `text` has LF for every line end; `mode` are its permission bits; `sha256` is of its bytes and empty for a file that
    is not on disk yet.
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

    `known` is the encoding that the person confirmed or that an unsaved text was read in; where the file's bytes do not
    fit it any more they are looked at anew.
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
    """A file that holds `data`, which is `raw` in that encoding."""
    text, newlines = split_newlines(raw)
    digest = hashlib.sha256(data).hexdigest()
    return FileText(path, text, encoding, newlines, stat.S_IMODE(status.st_mode), digest, status.st_mtime_ns)


def read_bytes(path: str) -> tuple[bytes, os.stat_result]:
    """What a file holds, and its status. Raises LacunaError FILE_UNREADABLE."""
    try:
        return _read_bytes(path)
    except OSError as error:
        raise unreadable(path, _why_not_read(error), _what_to_do(error), repr(error)) from None


def disk_hash(path: str) -> str:
    """SHA-256 of what is on disk now, or empty where there is nothing (any more). Raises OSError.

    What is too large to be opened has a hash like no other: it is not what was read.
    """
    try:
        return hashlib.sha256(_read_bytes(path)[0]).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except _TooLargeError:
        return "too large"


class _TooLargeError(OSError):
    """A file above the limit."""


class _NotRegularError(OSError):
    """A pipe, a device."""


def _read_bytes(path: str) -> tuple[bytes, os.stat_result]:
    # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
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
    """The error for a file that can't be opened; `why` goes on behind its name."""
    return LacunaError(ErrorCode.FILE_UNREADABLE, f"{last_part(path)} {why}.", next_step, detail)

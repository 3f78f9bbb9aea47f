"""Saving a text so that at every moment the disk holds the whole old file or the whole new one (POSIX).

Reference: ecosystem.md, "atomic file": a file of its own in the same folder, flushed to disk, then put in place.
"""

import contextlib
import errno
import os
import secrets
import stat
from dataclasses import replace

from app.documents.file_text import FileText, disk_hash, file_text_of
from app.documents.recoding import new_beyond_ascii
from engine.errors import ErrorCode, LacunaError
from engine.shown import last_part
from engine.text_files import Encoding

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SHOWN_CHARS = 20
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class ChangedOnDiskError(LacunaError):
    """Somebody else wrote the file since it was read: saving now would overwrite that."""


class GuessedEncodingError(LacunaError):
    """New text beyond ASCII would be written in an encoding that was only guessed."""


class NotEncodableError(LacunaError):
    """The text holds a character that the file's encoding lacks."""


def save_file(path: str, text: str, base: FileText, *, overwrite: bool = False) -> FileText:
    """Write an edited text and return what the file holds then.

    `base` is what the file held when it was read; its encoding and line ends are kept. Without `overwrite` a file that
    changed on disk since is left alone: ChangedOnDiskError. Where the encoding is a guess, only text that was in the
    file and ASCII is written: GuessedEncodingError. Raises LacunaError FILE_NOT_SAVED otherwise; whatever is raised,
    the file is what it was.
    """
    if base.encoding.is_guess and (new := new_beyond_ascii(text, base.text)):
        raise _guessed(path, base.encoding, new)
    raw = base.with_line_ends(text)
    try:
        data = base.encoding.encode(raw)
    except UnicodeEncodeError as error:
        raise _not_encodable(path, base.encoding, error) from None
    target = os.path.realpath(path)
    try:
        if not overwrite and disk_hash(target) not in ("", base.sha256):
            raise _changed(path)
        status = write_atomically(target, data, base.mode)
    except OSError as error:
        raise _not_saved(path, error) from None
    return file_text_of(path, raw, base.encoding, data, status)


def in_utf8(base: FileText) -> FileText:
    """The same file, to be written as UTF-8 from now on."""
    return replace(base, encoding=Encoding(keeps_strays=base.encoding.keeps_strays))


def confirmed(base: FileText) -> FileText:
    """The same file, of which the person said that its encoding was guessed rightly."""
    return replace(base, encoding=replace(base.encoding, is_guess=False))


def moved_to(base: FileText, path: str) -> FileText:
    """The same text as a file elsewhere that is not on disk yet; encoding, line ends and mode go along."""
    return replace(base, path=path, sha256="", mtime_ns=0)


def write_atomically(target: str, data: bytes, new_mode: int = 0o644, *, durable: bool = True) -> os.stat_result:
    """Replace a file's content; its mode and, where allowed, its owner stay. A new file gets `new_mode`.

    `durable` waits until the disk has it. Raises OSError, and then the file is what it was.
    """
    folder = os.path.dirname(target) or "."
    before = _status_of(target)
    if before is not None and not stat.S_ISREG(before.st_mode):
        raise OSError(errno.EINVAL, "what is there is not a regular file", target)
    if before is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is read-only", target)
    beside = os.path.join(folder, f".lacuna-{secrets.token_hex(8)}.tmp")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            _take_after(file.fileno(), before, new_mode)
            if durable:
                os.fsync(file.fileno())
            status = os.fstat(file.fileno())
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
    if durable:
        _sync_folder(folder)
    return status


def _status_of(target: str) -> os.stat_result | None:
    try:
        return os.stat(target)
    except FileNotFoundError:
        return None


def _take_after(handle: int, before: os.stat_result | None, new_mode: int) -> None:
    """Give the new file the owner and mode of the old; the owner first, since changing it clears mode bits."""
    if before is not None and (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(PermissionError):
            os.fchown(handle, before.st_uid, before.st_gid)
    os.fchmod(handle, stat.S_IMODE(before.st_mode) if before is not None else new_mode)


def _sync_folder(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _changed(path: str) -> ChangedOnDiskError:
    return ChangedOnDiskError(
        ErrorCode.FILE_NOT_SAVED,
        f"{last_part(path)} was changed by another program since it was opened here, so it was not saved.",
        "Overwrite it with your text, or reload it and lose your changes.",
    )


def _guessed(path: str, encoding: Encoding, new: str) -> GuessedEncodingError:
    shown = new if len(new) <= _SHOWN_CHARS else new[:_SHOWN_CHARS] + "…"
    return GuessedEncodingError(
        ErrorCode.FILE_NOT_SAVED,
        f"{last_part(path)} was not saved yet: its encoding, {encoding.name}, is a guess, and your new text "
        f"“{shown}” would be written in it.",
        "Look at the accented or foreign letters that were in the file before. If they are right, so is the guess; if "
        "not, open the file again in another encoding: what you typed is kept.",
    )


def _not_encodable(path: str, encoding: Encoding, error: UnicodeEncodeError) -> NotEncodableError:
    character = error.object[error.start]
    line = error.object.count("\n", 0, error.start) + 1
    return NotEncodableError(
        ErrorCode.FILE_NOT_SAVED,
        f"{last_part(path)} is in {encoding.name}, which has no “{character}” (line {line}), so it was not saved.",
        "Take the character out, or save the file as UTF-8.",
    )


def _not_saved(path: str, error: OSError) -> LacunaError:
    name = last_part(path)
    if error.errno in _FULL:
        why, next_step = "the disk is full", "Free some space and save again; your text stays here."
    elif error.errno in _FORBIDDEN:
        why, next_step = (
            "it or its folder is read-only for you",
            "Save it under another name, or change the permissions.",
        )
    elif isinstance(error, FileNotFoundError | NotADirectoryError):
        why, next_step = "its folder does not exist any more", "Save it under another name."
    else:
        why, next_step = error.strerror or str(error), "Save it under another name, or try again."
    return LacunaError(ErrorCode.FILE_NOT_SAVED, f"{name} was not saved: {why}.", next_step, repr(error))

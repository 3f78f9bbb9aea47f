"""Saves a text in its file's encoding and line ends, or says why it can't."""

import errno
import os
from dataclasses import replace

from app.documents.file_text import FileText, disk_hash, file_text_of
from app.documents.recoding import new_beyond_ascii
from engine.disk import replace_file
from engine.errors import ErrorCode, LacunaError
from engine.shown import last_part
from engine.text_files import Encoding

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SHOWN_CHARS = 20
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class ChangedOnDiskError(LacunaError):
    """Another program wrote the file since it was read; saving would overwrite that."""


class GuessedEncodingError(LacunaError):
    """New non-ASCII text would be written in an encoding that is only a guess."""


class NotEncodableError(LacunaError):
    """The text has a character that the file's encoding lacks."""


def save_file(path: str, text: str, base: FileText, *, overwrite: bool = False) -> FileText:
    """Write an edited text and return the file's new content.

    `base` is the file as it was read; its encoding and line ends are kept. Raises ChangedOnDiskError if the file has
    changed since and `overwrite` is false; GuessedEncodingError if the encoding is a guess and the text has non-ASCII
    characters that the file did not hold; LacunaError FILE_NOT_SAVED otherwise. The file is then unchanged.
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
        status = replace_file(target, data, base.mode)
    except OSError as error:
        raise _not_saved(path, error) from None
    return file_text_of(path, raw, base.encoding, data, status)


def in_utf8(base: FileText) -> FileText:
    """The same file, to be saved as UTF-8 from now on."""
    return replace(base, encoding=Encoding(keeps_strays=base.encoding.keeps_strays))


def confirmed(base: FileText) -> FileText:
    """The same file, its guessed encoding confirmed by the person."""
    return replace(base, encoding=replace(base.encoding, is_guess=False))


def moved_to(base: FileText, path: str) -> FileText:
    """The same text as a new file that is not on disk yet, with the same encoding, line ends and mode."""
    return replace(base, path=path, sha256="", mtime_ns=0)


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

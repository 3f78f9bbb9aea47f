"""A command's input: files and standard input, both limited in size. Each failure is a sentence."""

import json
import sys
from pathlib import Path

from app.documents.file_text import MAX_FILE_BYTES
from engine.errors import ErrorCode, LacunaError
from engine.text_files import NotTextError, decode, readable


def read_text_file(path: Path) -> str:
    """The text of a file or pipe in any detectable encoding; line ends are kept.

    Raises LacunaError FILE_UNREADABLE.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except IsADirectoryError:
        raise _unreadable(f"{path} is a folder, not a text file.", "Name a file.") from None
    except FileNotFoundError:
        raise _unreadable(f"There is no file {path}.", "Check the path.") from None
    except OSError as error:
        raise _unreadable(f"{path} can't be read ({error.strerror}).", "Check its permissions.") from None
    return _decoded(data, str(path))


def read_standard_input() -> str:
    """All of standard input as text. Raises LacunaError FILE_UNREADABLE."""
    return _decoded(sys.stdin.buffer.read(MAX_FILE_BYTES + 1), "Standard input")


def json_object(line: bytes) -> dict[str, object]:
    """The JSON object on a UTF-8 line. Raises LacunaError USAGE."""
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise LacunaError(ErrorCode.USAGE, f"This line is not UTF-8 ({error.reason}, byte {error.start}).") from None
    except (ValueError, RecursionError) as error:
        raise LacunaError(ErrorCode.USAGE, f"This line is not JSON ({error}).") from None
    if not isinstance(value, dict):
        raise LacunaError(ErrorCode.USAGE, "This line is not a JSON object.")
    return value


def _decoded(data: bytes, name: str) -> str:
    if len(data) > MAX_FILE_BYTES:
        limit = f"{MAX_FILE_BYTES // 1_000_000} MB"
        raise _unreadable(
            f"{name} is larger than {limit}, far more than any model reads.", "Cut out the part that matters."
        )
    try:
        return readable(decode(data)[0])
    except NotTextError:
        raise _unreadable(f"{name} is not text: it holds binary data.", "Name a text file.") from None


def _unreadable(sentence: str, next_step: str) -> LacunaError:
    return LacunaError(ErrorCode.FILE_UNREADABLE, sentence, next_step)

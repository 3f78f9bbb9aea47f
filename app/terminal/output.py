"""A command's output: results to standard output, as text or JSON lines; notes and errors to standard error.

A terminal gets text from models and files without control characters, which could move the cursor or worse. A pipe or
a file gets it unchanged.
"""

import io
import json
import os
import re
import sys
from collections.abc import Mapping
from typing import TextIO

from engine.errors import ErrorCode, LacunaError

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_ERASE_LINE = "\r\x1b[K"


class Output:
    """The two streams of one command. `as_json`: results are JSON lines. `verbose`: notes even without a terminal.

    Attributes: as_json; is_watched, whether standard error is a terminal.
    """

    def __init__(self, out: TextIO, err: TextIO, *, as_json: bool = False, verbose: bool = False) -> None:
        self._out = out
        self._err = err
        self._notes_wanted = verbose or err.isatty()
        self._status_wanted = err.isatty() and not verbose
        self._status_shown = False
        self.as_json = as_json
        self.is_watched = err.isatty()

    def text(self, text: str) -> None:
        """Write text unbuffered. Raises BrokenPipeError, and LacunaError if it can't be written."""
        self._end_status()
        try:
            self._out.write(_STEERING.sub("\ufffd", text) if self._out.isatty() else text)
            self._out.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            self.abandon()
            raise LacunaError(
                ErrorCode.FILE_NOT_SAVED, f"The output could not be written ({error.strerror}).", "Free some space."
            ) from None

    def line(self, text: str) -> None:
        """Write one line."""
        self.text(text + "\n")

    def record(self, values: Mapping[str, object]) -> None:
        """Write one JSON object as an ASCII line; undecodable bytes of a name appear as `\\udcXX`."""
        self.text(json.dumps(values) + "\n")

    def note(self, sentence: str) -> None:
        """Write a note to standard error, if that is a terminal or notes were requested."""
        if self._notes_wanted:
            self._end_status()
            self._err.write(one_line(sentence) + "\n")
            self._err.flush()

    def status(self, phrase: str) -> None:
        """Show progress until the next output; only on a terminal."""
        if self._status_wanted:
            self._err.write(_ERASE_LINE + one_line(phrase)[:78])
            self._err.flush()
            self._status_shown = True

    def error(self, sentence: str) -> None:
        """Report an error on one line."""
        self._end_status()
        self._err.write(f"lacuna: {one_line(sentence)}\n")
        self._err.flush()

    def abandon(self) -> None:
        """Discard buffered output after a broken pipe, so that flushing does not fail at exit."""
        nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        os.dup2(nowhere, self._out.fileno())
        os.close(nowhere)

    def _end_status(self) -> None:
        if self._status_shown:
            self._status_shown = False
            self._err.write(_ERASE_LINE)
            self._err.flush()


def one_line(text: str) -> str:
    """A sentence that may contain foreign text, made safe for one line of a terminal."""
    return _STEERING.sub("\ufffd", " ".join(text.splitlines()))


def standard_output(*, as_json: bool, verbose: bool) -> Output:
    """Output to this process's streams, in UTF-8 whatever the locale; non-UTF-8 bytes of names are kept."""
    for stream, errors in ((sys.stdout, "surrogateescape"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors, newline="\n")
    return Output(sys.stdout, sys.stderr, as_json=as_json, verbose=verbose)

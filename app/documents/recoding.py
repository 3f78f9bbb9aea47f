"""Opens a file again in another encoding than it was first read in."""

import re
from dataclasses import dataclass

from app.documents.file_text import FileText, file_text_of, read_bytes, unreadable
from engine.text_files import CHOICES, Encoding, decode_as, non_ascii_sample, readable

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_SAMPLE_CHARS = 60


@dataclass(frozen=True, slots=True)
class Reading:
    """An encoding's names for Python and for the person, and the file's first non-ASCII text decoded in it."""

    codec: str
    name: str
    sample: str


def new_beyond_ascii(text: str, base_text: str) -> str:
    """The first run of non-ASCII characters in an edited text that the file did not hold; "" if there is none.

    A shortened run counts as new: under a wrong guess one "character" may be half of a real one.
    """
    known = set(_BEYOND_ASCII.findall(base_text))
    return next((run for run in _BEYOND_ASCII.findall(text) if run not in known), "")


def readings(path: str) -> tuple[Reading, ...]:
    """A sample of the file in each offered encoding. Raises LacunaError FILE_UNREADABLE."""
    sample = non_ascii_sample(read_bytes(path)[0])
    found = []
    for codec, name in CHOICES:
        outcome = decode_as(sample, Encoding(codec))
        words = " ".join(readable(outcome[0]).split())[:_SAMPLE_CHARS] if outcome is not None else ""
        found.append(Reading(codec, name, words))
    return tuple(found)


def reread(file: FileText, text: str, codec: str) -> tuple[FileText, str]:
    """A file and its edited text in the encoding that the person chose.

    Unedited text is decoded again; typed text is kept. Raises LacunaError FILE_UNREADABLE.
    """
    data, status = read_bytes(file.path)
    outcome = decode_as(data, Encoding(codec))
    if outcome is None:
        raise unreadable(
            file.path,
            "can't be opened in that encoding: it could not be written back unchanged",
            "Choose another one.",
        )
    again = file_text_of(file.path, *outcome, data, status)
    return again, again.text if text == file.text else _recoded(text, file, again.encoding)


def _recoded(text: str, file: FileText, new: Encoding) -> str:
    """An edited text in which the file's lines, and runs of its non-ASCII characters, are decoded again."""
    lines, runs = set(file.text.split("\n")), set(_BEYOND_ASCII.findall(file.text))

    def anew(part: str) -> str:
        outcome = decode_as(file.encoding.encode(part)[len(file.encoding.bom) :], new)
        return part if outcome is None else outcome[0]

    def line_anew(line: str) -> str:
        if line in lines:
            return anew(line)
        return _BEYOND_ASCII.sub(lambda run: anew(run[0]) if run[0] in runs else run[0], line)

    return "\n".join(map(line_anew, text.split("\n")))

"""A file in a prompt, as token ids: a header with path and line range, then the numbered lines."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from engine.project.entries import SourceFile, shown
from engine.prompts.text import disarm
from engine.tokens.lines import LineEncoder


@dataclass(frozen=True, slots=True)
class Block:
    """Packed lines of a file. The first `header_tokens` of `ids` are the header."""

    file: SourceFile
    first_line: int
    last_line: int
    header_tokens: int
    ids: "array[int]"

    @property
    def is_whole(self) -> bool:
        return self.first_line == 1 and self.last_line == self.file.line_count


def encode_block(encoder: LineEncoder, file: SourceFile, first_line: int, last_line: int) -> Block:
    """Lines `first_line` to `last_line` (from 1, both included) of a file, with their header."""
    lines = file.lines[first_line - 1 : last_line]
    header = array("I", encoder.encode_document(header_of(file, first_line, last_line)))
    body = encoder.encode_document("".join(number_lines(lines, first_line)))
    return Block(file, first_line, last_line, len(header), header + array("I", body))


def number_lines(lines: Sequence[str], first_line: int) -> list[str]:
    """Each line after its number, ending in LF. The one space between merges with the indentation's spaces."""
    return [f"{number} {line}\n" if line else f"{number}\n" for number, line in enumerate(lines, first_line)]


def header_of(file: SourceFile, first_line: int, last_line: int) -> str:
    """The header line of a file; it names the line range unless the file is whole."""
    count = file.line_count
    part = "" if (first_line, last_line) == (1, count) else f", lines {first_line} to {last_line} of {count}"
    return f"--- {path_for_prompt(file.path)}{part}\n"


def is_disarmed(path: str) -> bool:
    """Whether `path_for_prompt` spaces out a chat tag."""
    return disarm(shown(path))[1]


def path_for_prompt(path: str) -> str:
    """A path as one line of disarmed text, since a name is as foreign as the file's content."""
    return disarm(shown(path))[0]

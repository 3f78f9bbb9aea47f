"""Line ends: replaced by LF for editing, and restored on saving so that unchanged lines stay byte for byte.

Qt starts a new block at more characters than code editors call line ends; `_LINE_END` lists all of them. U+2028 is not
among them; it stays inside its line (docs/code-llama.md, "Qt and text").
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_LINE_END = re.compile("\r\n|[\n\r\u2029\ufdd0\ufdd1]")
_RARE = ("\u2029", "\ufdd0", "\ufdd1")
_STYLES = ("\n", "\r\n", "\r")
_NAMES = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}


@dataclass(frozen=True, slots=True)
class Newlines:
    """A file's line ends: `common` is for new lines; `ends` has one for each line, or is None if all are common."""

    common: str = "\n"
    ends: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """The name for the person: LF, CRLF or CR, and whether others are mixed in."""
        return _NAMES[self.common] + (" and others" if self.ends is not None else "")


def split_newlines(text: str) -> tuple[str, Newlines]:
    """The text with LF for every line end, and the original line ends."""
    lf, cr, crlf = text.count("\n"), text.count("\r"), text.count("\r\n")
    if not any(end in text for end in _RARE):  # nearly every file; saves a pass over the lines
        if not cr:
            return text, Newlines()
        if lf == cr == crlf:
            return text.replace("\r\n", "\n"), Newlines("\r\n")
    ends = tuple(_LINE_END.findall(text))
    counts = {"\n": lf - crlf, "\r\n": crlf, "\r": cr - crlf}
    common = max(_STYLES, key=lambda style: counts[style])  # on a tie the first, LF
    return _LINE_END.sub("\n", text), Newlines(common, None if counts[common] == len(ends) else ends)


def join_newlines(text: str, base_text: str, newlines: Newlines) -> str:
    """An edited text with the file's line ends. Unchanged and replaced lines keep theirs; new lines get the common one.

    `base_text` is the text with LF that `newlines` was taken from.
    """
    if newlines.ends is None:
        return text if newlines.common == "\n" else text.replace("\n", newlines.common)
    lines = text.split("\n")
    ends = _aligned_ends(base_text.split("\n"), lines, newlines)
    return "".join(line + end for line, end in zip(lines, ends, strict=True))


def _aligned_ends(base: list[str], lines: list[str], newlines: Newlines) -> list[str]:
    """The line end of each of `lines`; empty for the last."""
    known = [*(newlines.ends or ()), newlines.common]  # a former last line gets the common end
    ends = [newlines.common] * len(lines)
    head = _equal_at_start(base, lines)
    tail = min(_equal_at_start(base[::-1], lines[::-1]), min(len(base), len(lines)) - head)
    ends[:head] = known[:head]
    if tail:
        ends[-tail:] = known[-tail:]
    middle = SequenceMatcher(None, base[head : len(base) - tail], lines[head : len(lines) - tail])
    for _, start, stop, new_start, new_stop in middle.get_opcodes():
        kept = min(stop - start, new_stop - new_start)
        ends[head + new_start : head + new_start + kept] = known[head + start : head + start + kept]
    ends[-1] = ""
    return ends


def _equal_at_start(one: list[str], other: list[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count

"""Line ends: taken off a text for editing, and put back so that only changed lines change.

The editor knows LF alone, and Qt starts a new block at more characters than an editor of code calls a line end:
`_LINE_END` lists all of them. U+2028 is none of them; it stays inside its line (docs/code-llama.md, "Qt and text").
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
    """How a file ends its lines: `common` for new ones; `ends` one for each line end, or None where all are common."""

    common: str = "\n"
    ends: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """For the person: LF, CRLF or CR, and whether others are among them."""
        return _NAMES[self.common] + (" and others" if self.ends is not None else "")


def split_newlines(text: str) -> tuple[str, Newlines]:
    """The text with every line end as one LF, and what they were."""
    lf, cr, crlf = text.count("\n"), text.count("\r"), text.count("\r\n")
    if not any(end in text for end in _RARE):  # nearly every file: no look at each line
        if not cr:
            return text, Newlines()
        if lf == cr == crlf:
            return text.replace("\r\n", "\n"), Newlines("\r\n")
    ends = tuple(_LINE_END.findall(text))
    counts = {"\n": lf - crlf, "\r\n": crlf, "\r": cr - crlf}
    common = max(_STYLES, key=lambda style: counts[style])  # the first of equals: LF
    return _LINE_END.sub("\n", text), Newlines(common, None if counts[common] == len(ends) else ends)


def join_newlines(text: str, base_text: str, newlines: Newlines) -> str:
    """An edited text with the file's line ends: unchanged and replaced lines keep their own, new ones get the common.

    `base_text` is the text with LF that `newlines` was taken from.
    """
    if newlines.ends is None:
        return text if newlines.common == "\n" else text.replace("\n", newlines.common)
    lines = text.split("\n")
    ends = _aligned_ends(base_text.split("\n"), lines, newlines)
    return "".join(line + end for line, end in zip(lines, ends, strict=True))


def _aligned_ends(base: list[str], lines: list[str], newlines: Newlines) -> list[str]:
    """One end for each of `lines`, empty for the last."""
    known = [*(newlines.ends or ()), newlines.common]  # a last line that got a successor takes the common end
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

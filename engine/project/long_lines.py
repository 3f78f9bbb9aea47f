"""Long lines: cut with a note if they are few or prose; a reason to leave the file out if they make up most of it."""

import re

LONG_LINE_CHARACTERS = 500  # a line of this length suggests a minified file
MAX_LINE_CHARACTERS, _KEPT_CHARACTERS = 2_000, 1_000
_LEAST_CHARACTERS = 5_000  # shorter files are not judged
_MOST_PACKED_SHARE = 0.5
_LEAST_PROSE_SHARE = 0.05  # of blanks, or of characters of scripts without blanks: prose has 0.15, minified code 0.03

_PACKED_DATA = re.compile(r"(data:[\w/+.-]{1,80};base64,)([A-Za-z0-9+/=]{200,})")
_NO_PROSE = re.compile(r"[^\s\u0080-\U0010ffff]+")


def without_packed_data(text: str) -> str:
    """The text with data: URLs, such as embedded pictures, cut after their media type."""
    if ";base64," not in text:
        return text
    return _PACKED_DATA.sub(lambda match: f"{match[1]}… ({len(match[2]):,} characters)", text)


def is_minified(text: str) -> bool:
    """Whether most of a text is in long lines without separable words."""
    if len(text) <= _LEAST_CHARACTERS:
        return False
    long_lines = [line for line in text.splitlines() if len(line) > LONG_LINE_CHARACTERS]
    packed = sum(map(len, long_lines))
    if packed <= _MOST_PACKED_SHARE * len(text):
        return False
    prose = sum(len(_NO_PROSE.sub("", line)) for line in long_lines)
    return prose < _LEAST_PROSE_SHARE * packed


def longest_line(text: str) -> int:
    """The length of a text's longest line."""
    return max(map(len, text.splitlines()), default=0)


def cut_long_lines(text: str) -> tuple[str, int]:
    """The text with long lines cut, each with a note of how much, and the number of cut lines."""
    if longest_line(text) <= MAX_LINE_CHARACTERS:
        return text, 0
    lines = text.splitlines(keepends=True)
    cut = [_cut(line) for line in lines]
    return "".join(cut), sum(before is not after for before, after in zip(lines, cut, strict=True))


def _cut(line: str) -> str:
    bare = line.splitlines()[0]
    if len(bare) <= MAX_LINE_CHARACTERS:
        return line
    return f"{bare[:_KEPT_CHARACTERS]}… ({len(bare) - _KEPT_CHARACTERS:,} more characters){line[len(bare) :]}"

"""Markdown as it streams in: finished blocks are settled once and never touched again, the open one is read anew.

Without Qt. The dialect is CommonMark with GitHub's tables and strikethrough, less all that could reach back or out:
no HTML (it stays text), no link definitions (they would change earlier blocks), no underlined headings (a rule drawn
under a paragraph would change what the paragraph is).
"""

import re
from collections.abc import Iterable
from itertools import accumulate, pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_NESTING = 60  # the parser recurses for each level, and drops what lies deeper

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")  # as the parser counts lines


def make_parser() -> MarkdownIt:
    """The one dialect that answers are read in."""
    options = {"html": False, "linkify": False, "typographer": False, "maxNesting": MAX_NESTING}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    # "autolink" would take the brackets from vector<std::string>; pieces.py finds web addresses without it.
    return parser.disable(["reference", "html_block", "html_inline", "lheading", "autolink"])


class MarkdownStream:
    """Cuts a growing text into blocks: top-level blocks, and of top-level lists each item.

    A block is settled when the next one has begun in a whole line: a line that is still being written may turn out
    to belong to the block above it ("2" becomes "2. second item"). Blocks are pieces of the source; all of them with
    the open one are the source again.
    """

    def __init__(self, parser: MarkdownIt) -> None:
        self._parser = parser
        self._open = ""

    @property
    def open_block(self) -> str:
        """What is not settled yet."""
        return self._open

    def push(self, text: str) -> tuple[str, ...]:
        """Take more text; returns the blocks that are settled by it, in order."""
        self._open += text
        if "\n" not in text:
            return ()
        whole_lines = self._open[: self._open.rindex("\n") + 1]
        blocks = self._split(whole_lines)[:-1]
        self._open = self._open[sum(map(len, blocks)) :]
        return blocks

    def finish(self) -> tuple[str, ...]:
        """Nothing follows: what was open is settled too."""
        text, self._open = self._open, ""
        return self._split(text)

    def _split(self, text: str) -> tuple[str, ...]:
        starts = block_starts(self._parser.parse(text), text)
        return tuple(text[start:stop] for start, stop in pairwise([*starts, len(text)]) if start < stop)


def block_starts(tokens: Iterable[Token], text: str) -> list[int]:
    """Where the blocks of `text` begin; the first takes blank lines before it, so it begins at 0."""
    first_lines = [token.map[0] for token in tokens if token.map and _begins_block(token)]
    offsets = [0, *accumulate(len(line) for line in _LINE.findall(text))]
    return [0, *(offsets[line] for line in first_lines[1:])]


def _begins_block(token: Token) -> bool:
    is_list = token.type in ("bullet_list_open", "ordered_list_open")
    return (token.level == 0 and token.nesting >= 0 and not is_list) or (
        token.level == 1 and token.type == "list_item_open"
    )


def closed(open_block: str) -> str:
    """The open block as it is shown: what is begun in its last line is taken as ended, so that nothing flickers.

    Code marks and strong marks that are still open get their other half; a closing fence of which only some marks have
    come is held back. (A code fence that is open needs nothing: to the parser it ends where the text ends.)
    """
    before, line_end, last_line = open_block.rpartition("\n")
    if last_line.strip() and not last_line.strip(" `") and _fence_is_open(before):
        return before + line_end
    if _fence_is_open(open_block):
        return open_block
    paragraph = open_block[open_block.rfind("\n\n") + 1 :]
    if paragraph.count("`") % 2:
        return open_block + "`"
    if paragraph.count("**") % 2 and not paragraph.endswith("*"):
        return open_block.rstrip() + "**"
    return open_block


def _fence_is_open(text: str) -> bool:
    return sum(line.lstrip().startswith("```") for line in text.split("\n")) % 2 == 1

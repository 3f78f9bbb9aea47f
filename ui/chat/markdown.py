"""Streaming Markdown: a finished block is parsed once and stays as it is; the open one is parsed at each change.

Without Qt. The dialect is CommonMark with GitHub's tables and strikethrough, without everything that could change
earlier blocks or load something: no HTML (it stays text), no link definitions, and no underlined headings, because a
line below a paragraph would turn the paragraph into a heading.
"""

import re
from collections.abc import Iterable
from itertools import accumulate, pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_NESTING = 60  # the parser recurses at each level and drops what is nested deeper

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")  # the line ends that the parser counts


def make_parser() -> MarkdownIt:
    """A parser of the dialect that answers are read in."""
    options = {"html": False, "linkify": False, "typographer": False, "maxNesting": MAX_NESTING}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    # "autolink" would remove the brackets of vector<std::string>. pieces.py finds web addresses without it.
    return parser.disable(["reference", "html_block", "html_inline", "lheading", "autolink"])


class MarkdownStream:
    """Cuts a growing text into blocks: top-level blocks, and the single items of top-level lists.

    A block is settled once the next block has begun and its first line is complete: an incomplete line may still turn
    out to belong to the block above ("2" becomes "2. second item"). Blocks are parts of the source, and all blocks
    together with the open one are the whole source.
    """

    def __init__(self, parser: MarkdownIt) -> None:
        self._parser = parser
        self._open = ""

    @property
    def open_block(self) -> str:
        """The end of the text that is not settled yet."""
        return self._open

    def push(self, text: str) -> tuple[str, ...]:
        """Take more text and return the blocks that it settles, in order."""
        self._open += text
        if "\n" not in text:
            return ()
        whole_lines = self._open[: self._open.rindex("\n") + 1]
        blocks = self._split(whole_lines)[:-1]
        self._open = self._open[sum(map(len, blocks)) :]
        return blocks

    def finish(self) -> tuple[str, ...]:
        """Settle the open block too: no more text follows."""
        text, self._open = self._open, ""
        return self._split(text)

    def _split(self, text: str) -> tuple[str, ...]:
        starts = block_starts(self._parser.parse(text), text)
        return tuple(text[start:stop] for start, stop in pairwise([*starts, len(text)]) if start < stop)


def block_starts(tokens: Iterable[Token], text: str) -> list[int]:
    """The offsets of the blocks in `text`. The first is 0, because leading blank lines belong to the first block."""
    first_lines = [token.map[0] for token in tokens if token.map and _begins_block(token)]
    offsets = [0, *accumulate(len(line) for line in _LINE.findall(text))]
    return [0, *(offsets[line] for line in first_lines[1:])]


def _begins_block(token: Token) -> bool:
    is_list = token.type in ("bullet_list_open", "ordered_list_open")
    return (token.level == 0 and token.nesting >= 0 and not is_list) or (
        token.level == 1 and token.type == "list_item_open"
    )


def closed(open_block: str) -> str:
    """The open block with its open marks closed, so that its look does not flicker while it grows.

    Open marks of inline code and strong text are closed. An incomplete closing fence is held back. An open code fence
    needs no mark, because the parser ends it with the text.
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

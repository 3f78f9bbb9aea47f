"""Streaming Markdown: a finished block is parsed once and stays as it is; the open one is parsed at each change.

Without Qt. The dialect is CommonMark with GitHub's tables and strikethrough, without everything that could change
earlier blocks or load something: no HTML (it stays text), no link definitions, and no underlined headings, because a
line below a paragraph would turn the paragraph into a heading.
"""

import re
from collections.abc import Iterable
from itertools import accumulate, pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MAX_NESTING = 60  # the parser recurses at each level and drops what is nested deeper
_MOST_MARKS = 600  # in one paragraph or cell; prose has some dozens
_MARK = re.compile(r"[*_~`\[\]!]")
_RUN_OF_TICKS = re.compile(r"`+")
_OPEN_STRONG = re.compile(r"(?:^|\s)\*\*(?=\S)")  # not that of f(**names)
_MOST_KEPT = 4000  # paragraphs and cells whose tokens are remembered
_MOST_CONTAINERS = 300  # list marks, quote marks and cells of one line
_CONTAINER = re.compile(r"[|>]|[-*+] |\d[.)] ")

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")  # the line ends that the parser counts


def make_parser() -> MarkdownIt:
    """A parser of the dialect that answers are read in."""
    options = {"html": False, "linkify": False, "typographer": False, "maxNesting": MAX_NESTING}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    parser.core.ruler.at("inline", _parse_inline)
    # "autolink" would remove the brackets of vector<std::string>. pieces.py finds web addresses without it.
    return parser.disable(["reference", "html_block", "html_inline", "lheading", "autolink"])


def _parse_inline(state: StateCore) -> None:
    """The parser's own step, bounded.

    Matching very many marks takes quadratic time, so they stay text. A table that streams in is parsed at each frame,
    so what the parser made of a cell is kept (in the parser's own environment) for the next time.
    """
    read: dict[str, list[Token]] = state.env.setdefault("inline", {})
    for token in state.tokens:
        if token.type == "inline":
            if token.content not in read:
                read[token.content] = _inline(state, token.content)
            token.children = read[token.content]


def _inline(state: StateCore, content: str) -> list[Token]:
    if len(_MARK.findall(content)) > _MOST_MARKS:
        return [Token("text", "", 0, content=content)]
    children: list[Token] = []
    state.md.inline.parse(content, state.md, state.env, children)
    return children


class MarkdownReader:
    """The parser with a memory: what it made of the last few texts, and of the paragraphs and cells in the last."""

    def __init__(self) -> None:
        self._parser = make_parser()
        self._inline: dict[str, list[Token]] = {}
        self._text, self._tokens = "", list[Token]()

    def parse(self, text: str) -> list[Token]:
        """The tokens of a text, which must not be changed."""
        if text != self._text:
            inline = self._inline if len(self._inline) < _MOST_KEPT else {}
            self._inline = inline
            self._tokens = self._parser.parse(text, {"inline": inline})
            self._text = text
        return self._tokens


class MarkdownStream:
    """Cuts a growing text into blocks: top-level blocks, and the single items of top-level lists.

    A block is settled once the next block has begun and its first line is complete: an incomplete line may still turn
    out to belong to the block above ("2" becomes "2. second item"). Blocks are parts of the source, and all blocks
    together with the open one are the whole source.
    """

    def __init__(self) -> None:
        self._parser = make_parser().disable("inline")  # only where blocks begin is asked here
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
        harmless = "\n".join("x" if is_hostile(line) else line for line in text.split("\n"))
        starts = block_starts(self._parser.parse(harmless), text)
        return tuple(text[start:stop] for start, stop in pairwise([*starts, len(text)]) if start < stop)


def is_hostile(line: str) -> bool:
    """Whether a line has so many list marks, quote marks or cells that reading it as Markdown would take seconds."""
    return len(line) > _MOST_CONTAINERS and len(_CONTAINER.findall(line)) > _MOST_CONTAINERS


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


def closed(open_block: str, reader: MarkdownReader) -> str:
    """The open block with its open marks closed, so that its look does not flicker while it grows.

    The parser decides what is open. Open marks of inline code and strong text are closed. An incomplete closing fence
    is held back. An open code fence needs no mark, because the parser ends it with the text.
    """
    tokens = [token for token in reader.parse(open_block) if token.type in ("fence", "code_block", "inline")]
    if not tokens or tokens[-1].type == "code_block":
        return open_block
    last = tokens[-1]
    if last.type == "fence":
        return _without_half_a_fence(open_block, last)
    text = "".join(child.content for child in last.children or () if child.type == "text")
    runs: list[str] = _RUN_OF_TICKS.findall(text)
    for ticks in dict.fromkeys(runs):
        if _ends_with(open_block + ticks, "code_inline", reader):
            return open_block + ticks
    shown = open_block.rstrip() + "**"
    return shown if _OPEN_STRONG.search(text) and _ends_with(shown, "strong_close", reader) else open_block


def _ends_with(block: str, kind: str, reader: MarkdownReader) -> bool:
    """Whether the last thing in a block's last paragraph is of this kind."""
    inline = [token for token in reader.parse(block) if token.type == "inline"]
    children = [child for child in (inline[-1].children or ()) if child.content or child.nesting] if inline else []
    return bool(children) and children[-1].type == kind


def _without_half_a_fence(open_block: str, fence: Token) -> str:
    """The block without a last line that is the beginning of the mark that closes the fence."""
    first_line, stop_line = fence.map or [0, 0]
    is_open = fence.content.count("\n") + (not fence.content.endswith("\n") and bool(fence.content)) >= (
        stop_line - first_line - 1
    )
    before, line_end, last_line = open_block.rpartition("\n")
    mark = last_line.strip(" >\t")
    is_half_a_mark = bool(mark) and not mark.strip(fence.markup[0]) and len(mark) < len(fence.markup)
    return before + line_end if is_open and line_end and is_half_a_mark else open_block

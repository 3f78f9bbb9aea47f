"""A Markdown block as flat pieces: paragraphs with their indentation and marker, code blocks, tables and rules.

Without Qt. Lists and quotes are flattened into paragraphs, so that code inside a list item becomes a code block like
any other. The model's text is not interpreted further: no image is loaded, and only web addresses become links, each
with its target in sight.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from ui.chat.markdown import MAX_NESTING, MarkdownReader, is_hostile

_BARE_ADDRESS = re.compile(r"\bhttps?://[^\s<>()\[\]\"'`]*[^\s<>()\[\]\"'`.,;:!?*_]")
BULLETS = ("•", "–", "·")


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one format. `href` is "" or an http(s) address."""

    text: str
    bold: bool = False
    italic: bool = False
    struck: bool = False
    code: bool = False
    href: str = ""
    is_target: bool = False  # the address that is written out after its link


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph. `level` is 1 to 6 for headings, else 0; `indent` counts list levels, `quote` quote levels."""

    runs: tuple[Run, ...]
    level: int = 0
    indent: int = 0
    quote: int = 0
    marker: str = ""
    is_tight: bool = False  # an item of a tight list (CommonMark): without blank lines between items

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `rows[0]` is the header; all rows have the same length. `alignments`: "left", "center" or "right"."""

    rows: tuple[tuple[tuple[Run, ...], ...], ...]
    alignments: tuple[str, ...]
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal rule."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code block without its last line end. `language` is the first word of its fence."""

    text: str
    language: str = ""


Piece = Paragraph | Table | Rule | Code


def pieces_of(block: str, reader: MarkdownReader) -> tuple[Piece, ...]:
    """The pieces of a block's source. A block that is nested too deep, or too wide, stays plain text."""
    if any(map(is_hostile, block.split("\n"))):
        return (plain_piece(block.strip("\n")),)
    tokens = reader.parse(block)
    if any(token.level >= MAX_NESTING - 1 for token in tokens):
        return (plain_piece(block.strip("\n")),)
    return tuple(_Flattener(tokens).pieces())


def plain_piece(text: str) -> Paragraph:
    """A paragraph of plain text."""
    return Paragraph((Run(text),))


@dataclass(slots=True)
class _List:
    is_ordered: bool
    number: int
    mark: str

    def next_marker(self, depth: int) -> str:
        if not self.is_ordered:
            return BULLETS[min(depth, len(BULLETS)) - 1]
        self.number += 1
        return f"{self.number - 1}{self.mark}"


@dataclass(slots=True)
class _Flattener:
    """Walks once over the tokens of a block and keeps track of the lists and quotes around the current one."""

    tokens: Sequence[Token]
    lists: list[_List] = field(default_factory=list)
    quote: int = 0
    marker: str = ""
    level: int = 0
    is_tight: bool = False

    def pieces(self) -> Iterator[Piece]:
        position = 0
        while position < len(self.tokens):
            token = self.tokens[position]
            if token.type == "table_open":
                stop = next(
                    index for index in range(position, len(self.tokens)) if self.tokens[index].type == "table_close"
                )
                yield self._table(self.tokens[position:stop])
                position = stop
            else:
                yield from self._piece(token)
            position += 1

    def _piece(self, token: Token) -> Iterator[Piece]:
        match token.type:
            case "bullet_list_open":
                self.lists.append(_List(False, 0, ""))
            case "ordered_list_open":
                self.lists.append(_List(True, int(token.attrs.get("start", 1)), token.markup or "."))
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
            case "list_item_open":
                self.marker = self.lists[-1].next_marker(len(self.lists))
            case "list_item_close" if self.marker:
                yield self._paragraph(())  # an empty item
            case "blockquote_open":
                self.quote += 1
            case "blockquote_close":
                self.quote -= 1
            case "heading_open":
                self.level = int(token.tag[1:])
            case "heading_close":
                self.level = 0
            case "paragraph_open":
                self.is_tight = token.hidden
            case "inline":
                yield self._paragraph(tuple(runs_of(token.children or ())))
            case "fence" | "code_block":
                yield from self._code(token)
            case "hr":
                yield Rule()

    def _paragraph(self, runs: tuple[Run, ...]) -> Paragraph:
        marker, self.marker = self.marker, ""
        is_tight = self.is_tight and bool(self.lists)
        return Paragraph(runs, self.level, len(self.lists), self.quote, marker, is_tight)

    def _code(self, token: Token) -> Iterator[Piece]:
        if self.marker:
            yield self._paragraph(())
        if not token.content.strip():
            return  # an empty box says nothing
        words = token.info.split()
        yield Code(token.content.removesuffix("\n"), words[0] if words else "")

    def _table(self, tokens: Sequence[Token]) -> Table:
        rows: list[list[tuple[Run, ...]]] = []
        alignments: list[str] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "th_open":
                alignments.append(str(token.attrs.get("style", "text-align:left")).removeprefix("text-align:"))
            elif token.type == "inline":
                rows[-1].append(tuple(runs_of(token.children or ())))
        return Table(tuple(tuple(row) for row in rows), tuple(alignments), len(self.lists))


def runs_of(children: Sequence[Token]) -> Iterator[Run]:
    """Inline tokens as runs. The target of a web link follows the link; images stay source text."""
    bold = italic = struck = 0
    href = linked_text = ""
    for token in children:
        text, is_code = "", False
        match token.type:
            case "strong_open" | "strong_close":
                bold += token.nesting
            case "em_open" | "em_close":
                italic += token.nesting
            case "s_open" | "s_close":
                struck += token.nesting
            case "link_open":
                href, linked_text = str(token.attrs.get("href", "")), ""
            case "link_close":
                if linked_text.removesuffix("/") != href.removesuffix("/"):
                    yield Run(f" ({href})", href=_web_address(href), is_target=True)
                href = ""
            case "softbreak" | "hardbreak":
                text = "\n"  # models mean the line ends that they write
            case "image":
                text = f"![{token.content}]({token.attrs.get('src', '')})"
            case "code_inline":
                text, is_code = token.content, True
            case _:
                text = token.content
        linked_text += text
        for part, address in _addressed(text) if not (href or is_code) else ((text, _web_address(href)),):
            if part:
                yield Run(part, bool(bold), bool(italic), bool(struck), is_code, address)


def _addressed(text: str) -> Iterator[tuple[str, str]]:
    """Plain text split at bare web addresses: pairs of a text and its address, "" for text without one."""
    stop = 0
    for found in _BARE_ADDRESS.finditer(text):
        yield text[stop : found.start()], ""
        yield found[0], found[0]
        stop = found.end()
    yield text[stop:], ""


def _web_address(href: str) -> str:
    return href if href.lower().startswith(("http://", "https://")) else ""

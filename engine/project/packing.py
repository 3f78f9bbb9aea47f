"""Packing a project into an exact number of tokens for one question.

Files are chosen by rank: whole ones first, then the best lines of those that did not fit. The prompt begins with the
outline. Files follow from the least to the most often edited, in the same order for each question, so that the KV cache
is reused. The files that rank highest come last: models recall best what is next to the question
(docs/code-llama.md, "Length").
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from engine.messages.project import Span
from engine.project.entries import SourceFile
from engine.project.excerpt import cut_excerpt
from engine.project.numbering import Block, encode_block, is_disarmed
from engine.project.outline import DefinitionsOf, Outline
from engine.project.question import Question
from engine.project.ranking import Ranked
from engine.tokens.lines import LineEncoder

_OUTLINE_SHARE = 6
_MAX_NEAR, _NEAR_SHARE = 3, 3
_MAX_EXCERPTS, _MIN_EXCERPT_TOKENS = 3, 64
_MIN_FILE_TOKENS = 12


@dataclass(frozen=True, slots=True)
class Pack:
    """Token ids of whole lines, and their files. `left_out` and `partial` are paths, highest rank first.

    `disarmed`: chat tags in one of its files or in a name were spaced out.
    """

    ids: "array[int]"
    spans: tuple[Span, ...]
    left_out: tuple[str, ...]
    partial: tuple[str, ...]
    disarmed: bool
    outline_tokens: int


class Packer:
    """Packs ranked files. Keeps the encoded blocks of the last pack, since the next question mostly needs them."""

    def __init__(self, encoder: LineEncoder, definitions_of: DefinitionsOf) -> None:
        self._encoder = encoder
        self._definitions_of = definitions_of
        self._outline = Outline(encoder, definitions_of)
        self._whole: dict[str, Block] = {}

    def pack(self, name: str, ranked: Sequence[Ranked], question: Question, budget_tokens: int) -> Pack:
        """The best selection of the project `name` in at most `budget_tokens`."""
        ranked = [entry for entry in ranked if entry.file.text]
        files = [entry.file for entry in ranked]
        everything = self._pack_everything(name, files, budget_tokens)
        if everything is not None:
            outline, blocks = everything
        else:
            outline = self._outline.encode(name, files, _outline_tokens(budget_tokens), with_definitions=True)
            blocks = self._choose(ranked, question, budget_tokens - len(outline))
        self._whole = {block.file.path: block for block in blocks if block.is_whole}
        return _joined(outline, _arranged(blocks, ranked, budget_tokens), files)

    def _pack_everything(
        self, name: str, files: Sequence[SourceFile], budget_tokens: int
    ) -> "tuple[array[int], list[Block]] | None":
        """All files whole, if they fit together with a list of them."""
        if sum(file.tokens for file in files) > budget_tokens:
            return None
        blocks = [self._whole_block(file) for file in files]
        outline = self._outline.encode(name, files, _outline_tokens(budget_tokens), with_definitions=False)
        return (outline, blocks) if len(outline) + sum(len(block.ids) for block in blocks) <= budget_tokens else None

    def _choose(self, ranked: Sequence[Ranked], question: Question, budget_tokens: int) -> list[Block]:
        """Blocks that fit. Short files do not crowd out the files that the question is about."""
        too_long = [entry for entry in ranked[:_MAX_EXCERPTS] if self._is_match_too_long(entry, budget_tokens)]
        kept_back = budget_tokens // 2 if too_long else 0
        whole = self._choose_whole(ranked, budget_tokens - kept_back)
        left = budget_tokens - sum(len(block.ids) for block in whole)
        packed = {block.file.path for block in whole}
        rest = too_long or [entry for entry in ranked if entry.file.path not in packed][:1]
        return whole + self._cut_excerpts(rest, question, left)

    def _choose_whole(self, ranked: Sequence[Ranked], left: int) -> list[Block]:
        blocks: list[Block] = []
        for entry in ranked:
            if left < _MIN_FILE_TOKENS:
                break
            if entry.file.tokens > left:
                continue
            block = self._whole_block(entry.file)
            if len(block.ids) <= left:
                blocks.append(block)
                left -= len(block.ids)
        return blocks

    def _cut_excerpts(self, entries: Sequence[Ranked], question: Question, left: int) -> list[Block]:
        """The best lines of each file, in equal shares; an unused rest goes to the next file."""
        blocks: list[Block] = []
        for place, entry in enumerate(entries):
            share = left // (len(entries) - place)
            if share < _MIN_EXCERPT_TOKENS:
                break
            block = cut_excerpt(self._encoder, entry.file, question, self._definitions_of(entry.file), share)
            if block is not None:
                blocks.append(block)
                left -= len(block.ids)
        return blocks

    def _is_match_too_long(self, entry: Ranked, budget_tokens: int) -> bool:
        if entry.score <= 0:
            return False
        return entry.file.tokens > budget_tokens or len(self._whole_block(entry.file).ids) > budget_tokens

    def _whole_block(self, file: SourceFile) -> Block:
        known = self._whole.get(file.path)
        if known is not None and known.file is file:
            return known
        return encode_block(self._encoder, file, 1, file.line_count)


def _outline_tokens(budget_tokens: int) -> int:
    """About a sixth, down to a power of two: the budget shrinks each turn, but another outline costs a prefill."""
    share = budget_tokens // _OUTLINE_SHARE
    return 1 << (share.bit_length() - 1) if share else 0


def _arranged(blocks: Sequence[Block], ranked: Sequence[Ranked], budget_tokens: int) -> list[Block]:
    """Blocks in prompt order: the stable part, then the highest ranked."""
    place = {entry.file.path: index for index, entry in enumerate(ranked)}
    matches = {entry.file.path for entry in ranked if entry.score > 0}
    near: set[str] = set()
    near_tokens = 0
    for block in sorted(blocks, key=lambda block: place[block.file.path]):
        path = block.file.path
        fits = len(near) < _MAX_NEAR and near_tokens + len(block.ids) <= budget_tokens // _NEAR_SHARE
        if not block.is_whole or (path in matches and (fits or place[path] == 0)):
            near.add(path)
            near_tokens += len(block.ids)
    stable = [block for block in blocks if block.file.path not in near]
    stable.sort(key=lambda block: (block.file.changes, block.file.mtime_ns, block.file.path))
    last = [block for block in blocks if block.file.path in near]
    last.sort(key=lambda block: place[block.file.path], reverse=True)
    return stable + last


def _joined(outline: "array[int]", blocks: Sequence[Block], files: Sequence[SourceFile]) -> Pack:
    ids = array("I", outline)
    spans: list[Span] = []
    for block in blocks:
        start = len(ids) + block.header_tokens
        ids.extend(block.ids)
        spans.append(Span(block.file.path, block.first_line, block.last_line, start, len(ids)))
    packed = {block.file.path for block in blocks}
    partial = {block.file.path for block in blocks if not block.is_whole}
    return Pack(
        ids,
        tuple(spans),
        left_out=tuple(file.path for file in files if file.path not in packed),
        partial=tuple(file.path for file in files if file.path in partial),
        outline_tokens=len(outline),
        disarmed=any(block.file.disarmed for block in blocks) or any(is_disarmed(file.path) for file in files),
    )

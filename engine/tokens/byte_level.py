"""GPT-2's byte-level BPE laid out as Llama's SentencePiece: what of such a vocabulary can be spelled that way, and how.

First come unknown, begin and end, then the 256 bytes, then pieces in the order in which they merge, then the file's
other commands, which no text becomes. A rank becomes a score. Pieces of spaces alone merge last, so that four spaces
before a word are three and then the word with its own, as GPT-2's way of cutting a text has it. A line feed is its byte
only, so that no piece spans two lines; pieces that are no whole characters are left out, and bytes stand for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.tokens.piece_writer import Piece, PieceKind

_SPACE = "▁"
_BEHIND_ALL = 1 << 30  # merges last


@dataclass(frozen=True, slots=True)
class ByteLevel:
    """A byte-level vocabulary as a GGUF file has it: tokens in GPT-2's alphabet, and pairs "a b" by rank.

    `plain` are the tokens of text, `commands` those that a chat's marks and the like are.
    """

    tokens: Sequence[str]
    merges: Sequence[str]
    plain: Sequence[bool]
    commands: Sequence[bool]
    unk: int
    bos: int
    eos: int


@dataclass(frozen=True, slots=True)
class LaidOut:
    """Pieces in their new order; `rows[id]` is the token of the file that an id stands for.

    The first `text_size` pieces are all but the commands at the end.
    """

    pieces: tuple[Piece, ...]
    rows: tuple[int, ...]
    text_size: int


UNK, BOS, EOS = 0, 1, 2
FIRST = (b"<unk>", b"<s>", b"</s>")  # as Llama calls them; elsewhere they keep their names


def lay_out(vocabulary: ByteLevel) -> LaidOut:
    """The whole vocabulary, as far as SentencePiece can spell it."""
    rows = [vocabulary.unk, vocabulary.bos, vocabulary.eos]
    kinds = (PieceKind.UNKNOWN, PieceKind.CONTROL, PieceKind.CONTROL)
    names = FIRST if len(set(rows)) < len(rows) else [vocabulary.tokens[row].encode() for row in rows]
    pieces = [Piece(name, 0.0, kind) for name, kind in zip(names, kinds, strict=True)]
    spelled = _spell(vocabulary)
    single = {content[0]: token for token, content in spelled.items() if len(content) == 1}
    pieces += [Piece(b"<0x%02X>" % byte, 0.0, PieceKind.BYTE) for byte in range(256)]
    rows += [single.get(byte, vocabulary.unk) for byte in range(256)]
    ranks = _ranks(vocabulary.merges)
    texts = [(token, text) for token, content in spelled.items() if (text := _as_text(content)) is not None]
    texts.sort(key=lambda pair: _order(pair[1], ranks.get(vocabulary.tokens[pair[0]], -1)))
    for number, (token, text) in enumerate(texts):
        pieces.append(Piece(text.replace(" ", _SPACE).encode(), -float(number), PieceKind.NORMAL))
        rows.append(token)
    text_size, known = len(rows), set(rows[:3])
    for token, (name, is_command) in enumerate(zip(vocabulary.tokens, vocabulary.commands, strict=True)):
        if is_command and token not in known:
            pieces.append(Piece(name.encode(), 0.0, PieceKind.CONTROL))
            rows.append(token)
    return LaidOut(tuple(pieces), tuple(rows), text_size)


def _spell(vocabulary: ByteLevel) -> dict[int, bytes]:
    """The bytes of each token of text; a token outside GPT-2's alphabet is none."""
    alphabet = byte_alphabet()
    spelled = {}
    for number, (token, is_plain) in enumerate(zip(vocabulary.tokens, vocabulary.plain, strict=True)):
        if is_plain and token and all(character in alphabet for character in token):
            spelled[number] = bytes(alphabet[character] for character in token)
    return spelled


def byte_alphabet() -> Mapping[str, int]:
    """GPT-2's characters for bytes: printable ones stand for themselves, the others are moved behind U+00FF."""
    printable = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))
    others = (byte for byte in range(256) if byte not in printable)
    return {chr(byte): byte for byte in printable} | {chr(256 + number): byte for number, byte in enumerate(others)}


def _ranks(merges: Sequence[str]) -> dict[str, int]:
    """The rank at which each token first comes out of a merge."""
    ranks: dict[str, int] = {}
    for rank, merge in enumerate(merges):
        ranks.setdefault(merge.replace(" ", "", 1), rank)
    return ranks


def _as_text(content: bytes) -> str | None:
    """A token as a piece's text; None where SentencePiece cannot have it, or a line end is in it."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    if any(character in text for character in "\n\r\0▁") or (len(text) == 1 and text < " " and text != "\t"):
        return None
    return text


def _order(text: str, rank: int) -> int:
    is_blank = len(text) > 1 and not text.strip(" ")
    return _BEHIND_ALL + len(text) if is_blank else rank

"""The vocabulary in a GGUF file as a SentencePiece model.

A vocabulary of the kind `llama` was one before it was put into the file, and gives the same ids. One of the kind `gpt2`
is laid out anew (byte_level.py), so its rows of the embedding have to be taken in another order.
"""

import array
import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.gguf.faults import damaged, shown_name, unsupported
from engine.gguf.header import GgufFile
from engine.gguf.metadata import StoredArray, read_numbers, read_strings
from engine.tokens.byte_level import BOS, EOS, UNK, ByteLevel, LaidOut, lay_out
from engine.tokens.piece_writer import Piece, PieceKind, write_model

_PREFIX = "tokenizer.ggml."
_MOST_PIECES = 1 << 21
_LLAMAS_IDS = {"unknown": 0, "bos": 1, "eos": 2}  # where a file does not say
_NO_IDS = "Choose a GGUF file that llama.cpp itself made of this model."


@dataclass(frozen=True, slots=True)
class SpelledVocabulary:
    """A serialized SentencePiece model. `rows[id]` is the row of the file's embedding that an id stands for.

    `rows` is empty where each id stands for its own.
    """

    model: bytes
    rows: tuple[int, ...] = ()


def read_vocabulary(file: GgufFile) -> SpelledVocabulary:
    """The vocabulary of a file. Raises LacunaError MODEL_INVALID or UNSUPPORTED, OSError."""
    if not is_byte_level(file):
        return SpelledVocabulary(_read_pieces(file))
    laid_out = read_byte_level(file)
    adds_space = _flag(file, "add_space_prefix", default=False)
    return SpelledVocabulary(write_byte_level(laid_out, adds_space=adds_space), laid_out.rows)


def _read_pieces(file: GgufFile) -> bytes:
    texts = _texts(file, "tokens")
    kinds, scores = _numbers(file, "token_type", len(texts)), _numbers(file, "scores", len(texts))
    if not all(map(math.isfinite, scores)):
        raise damaged(f"{shown_name(file.path)} is damaged: its vocabulary has scores that are not numbers.")
    unk, bos, eos = (_id(file, name, len(texts), default) for name, default in _LLAMAS_IDS.items())
    pieces = [
        Piece(text, score, _kind(file, text, int(kind))) for text, score, kind in zip(texts, scores, kinds, strict=True)
    ]
    for token_id, kind in ((bos, PieceKind.CONTROL), (eos, PieceKind.CONTROL), (unk, PieceKind.UNKNOWN)):
        pieces[token_id] = Piece(pieces[token_id].text, pieces[token_id].score, kind)
    return write_model(pieces, unk=unk, bos=bos, eos=eos, adds_space=_flag(file, "add_space_prefix", default=True))


def is_byte_level(file: GgufFile) -> bool:
    """Whether the vocabulary is GPT-2's kind; UNSUPPORTED where it is neither that nor Llama's."""
    kind = file.metadata.get(_PREFIX + "model")
    if kind not in ("llama", "gpt2"):
        raise unsupported(
            f"{shown_name(file.path)} has a vocabulary of the kind {str(kind)[:80]}; llama and gpt2 are read here.",
            "Choose a Code Llama model, or another one of the Llama architecture.",
        )
    return kind == "gpt2"


def read_byte_level(file: GgufFile) -> LaidOut:
    """A vocabulary of the kind `gpt2`, laid out anew. Raises LacunaError MODEL_INVALID, OSError."""
    tokens = [text.decode("utf-8", "replace") for text in _texts(file, "tokens")]
    merges = [text.decode("utf-8", "replace") for text in _texts(file, "merges")]
    kinds = _numbers(file, "token_type", len(tokens))
    eos = _id(file, "eos", len(tokens))
    ids = {name: _id(file, name, len(tokens), default=eos) for name in ("unknown", "bos")}
    plain = [int(kind) == PieceKind.NORMAL for kind in kinds]
    commands = [int(kind) in (PieceKind.CONTROL, PieceKind.USER_DEFINED) for kind in kinds]
    return lay_out(ByteLevel(tokens, merges, plain, commands, ids["unknown"], ids["bos"], eos))


def write_byte_level(laid_out: LaidOut, *, adds_space: bool) -> bytes:
    """The serialized SentencePiece model of pieces that `lay_out` ordered."""
    return write_model(laid_out.pieces, unk=UNK, bos=BOS, eos=EOS, adds_space=adds_space)


def _kind(file: GgufFile, text: bytes, number: int) -> PieceKind:
    """A piece's kind. A piece of the user's that is written like a mark counts as one: text must never become it."""
    try:
        kind = PieceKind(number)
    except ValueError:
        raise damaged(f"{shown_name(file.path)} is damaged: its vocabulary has a piece of an unknown kind.") from None
    if kind is PieceKind.UNKNOWN:  # the one unknown piece is set by its id
        return PieceKind.UNUSED
    is_mark = text.startswith((b"<", b"[")) and text.endswith((b">", b"]"))
    return PieceKind.CONTROL if kind is PieceKind.USER_DEFINED and is_mark else kind


def _texts(file: GgufFile, name: str) -> list[bytes]:
    stored = _stored(file, name)
    if not 0 < stored.count <= _MOST_PIECES:
        raise damaged(f"{shown_name(file.path)} is damaged: its vocabulary has {stored.count:,} pieces.")
    return read_strings(file.path, stored)


def _numbers(file: GgufFile, name: str, count: int) -> "Sequence[int] | Sequence[float]":
    stored = _stored(file, name)
    if stored.count != count:
        raise damaged(
            f"{shown_name(file.path)} is damaged: its vocabulary has {count:,} pieces and {stored.count:,} entries in "
            f"{name}."
        )
    numbers: array.array[int] | array.array[float] = read_numbers(file.path, stored)
    return numbers


def _stored(file: GgufFile, name: str) -> StoredArray:
    stored = file.metadata.get(_PREFIX + name)
    if not isinstance(stored, StoredArray):
        raise damaged(f"{shown_name(file.path)} has no complete vocabulary: {_PREFIX}{name} is missing.", _NO_IDS)
    return stored


def _id(file: GgufFile, name: str, count: int, default: int | None = None) -> int:
    value = file.metadata.get(f"{_PREFIX}{name}_token_id", default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < count:
        raise damaged(f"{shown_name(file.path)} does not say which piece is the {name} mark.", _NO_IDS)
    return value


def _flag(file: GgufFile, name: str, *, default: bool) -> bool:
    value = file.metadata.get(_PREFIX + name, default)
    return value if isinstance(value, bool) else default

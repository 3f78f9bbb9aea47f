"""Writes a SentencePiece model out of pieces: the few fields of its protobuf that a tokenizer needs.

Source: sentencepiece_model.proto of github google/sentencepiece.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class PieceKind(IntEnum):
    """What a piece is, in SentencePiece's numbers, which are also GGUF's."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece as UTF-8 with `▁` for a space. Of two that could merge, the one of the higher score does."""

    text: bytes
    score: float
    kind: PieceKind


_VARINT, _BYTES, _FLOAT = 0, 2, 5  # wire types
_BPE = 2


def write_model(pieces: Sequence[Piece], *, unk: int, bos: int, eos: int, adds_space: bool) -> bytes:
    """A serialized BPE model that leaves every character of a text as it is.

    `unk`, `bos` and `eos` are ids; `adds_space` puts a space in front of each text.
    """
    trainer = b"".join(
        (
            _number(3, _BPE),  # model_type
            _number(4, len(pieces)),  # vocab_size
            _number(35, int(any(piece.kind is PieceKind.BYTE for piece in pieces))),  # byte_fallback
            _number(40, unk),
            _number(41, bos),
            _number(42, eos),
            _number(43, (1 << 64) - 1),  # pad_id: -1, none
            _text(45, pieces[unk].text),
            _text(46, pieces[bos].text),
            _text(47, pieces[eos].text),
        )
    )
    normalizer = b"".join(
        (
            _text(1, b"identity"),
            _number(3, int(adds_space)),  # add_dummy_prefix
            _number(4, 0),  # remove_extra_whitespaces
            _number(5, 1),  # escape_whitespaces
        )
    )
    return b"".join((*map(_record, pieces), _text(2, trainer), _text(3, normalizer)))


def _record(piece: Piece) -> bytes:
    return _text(1, _text(1, piece.text) + _key(2, _FLOAT) + struct.pack("<f", piece.score) + _number(3, piece.kind))


def _text(field: int, content: bytes) -> bytes:
    return _key(field, _BYTES) + _varint(len(content)) + content


def _number(field: int, value: int) -> bytes:
    return _key(field, _VARINT) + _varint(value)


def _key(field: int, wire_type: int) -> bytes:
    return _varint(field << 3 | wire_type)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)

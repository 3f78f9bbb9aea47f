"""The serialized SentencePiece model, walked record by record without a protobuf package."""

import re

_PIECE_TAG = 0x0A  # field 1, length-delimited: ModelProto.pieces in sentencepiece_model.proto
_TEXT_TAG, _KIND_TAG = 0x0A, 0x18  # of a piece: its text, and its kind as a number
_CONTROL, _USER_DEFINED = 3, 4  # kinds
_MARK = re.compile(rb"<[^<>\s]+>|\[[^\[\]\s]+\]")


def keep_pieces(model: bytes, count: int) -> bytes:
    """`model` without the piece records after the first `count`; everything else stays as it is.

    Raises ValueError where the bytes are no sequence of protobuf fields.
    """
    kept = bytearray()
    pieces = 0
    end = 0
    while end < len(model):
        start = end
        tag, end = _read_varint(model, start)
        end = _skip_value(model, end, tag & 7)
        pieces += tag == _PIECE_TAG
        if tag != _PIECE_TAG or pieces <= count:
            kept += model[start:end]
    return bytes(kept)


def command_marks(model: bytes) -> bytes:
    """`model` with the pieces that its maker defined and that are written like a mark, such as <|im_start|>, as control
    pieces: SentencePiece would spell a text that holds the mark with it.

    Raises ValueError where the bytes are no sequence of protobuf fields.
    """
    if bytes((_KIND_TAG, _USER_DEFINED)) not in model:
        return model
    out = bytearray()
    end = 0
    while end < len(model):
        start = end
        tag, end = _read_varint(model, start)
        body, end = end, _skip_value(model, end, tag & 7)
        if tag == _PIECE_TAG:
            length, body = _read_varint(model, body)
            out += _command_mark(model[start:body], model[body : body + length])
        else:
            out += model[start:end]
    return bytes(out)


def _command_mark(head: bytes, piece: bytes) -> bytes:
    """A piece's record, with its kind changed where it is a mark that text could be spelled with."""
    text, kind, kind_at = b"", 1, -1
    end = 0
    while end < len(piece):
        tag, start = _read_varint(piece, end)
        end = _skip_value(piece, start, tag & 7)
        if tag == _TEXT_TAG:
            _, start = _read_varint(piece, start)
            text = piece[start:end]
        elif tag == _KIND_TAG:
            (kind, _), kind_at = _read_varint(piece, start), start
    if kind != _USER_DEFINED or not _MARK.fullmatch(text):
        return head + piece
    return head + piece[:kind_at] + bytes((_CONTROL,)) + piece[kind_at + 1 :]


def _skip_value(model: bytes, at: int, wire_type: int) -> int:
    """The offset behind a value that begins at `at`."""
    match wire_type:
        case 0:  # varint
            _, at = _read_varint(model, at)
        case 1:  # 64 bits
            at += 8
        case 2:  # length-delimited
            length, at = _read_varint(model, at)
            at += length
        case 5:  # 32 bits
            at += 4
        case _:
            raise ValueError(f"unknown wire type {wire_type} at byte {at}")
    if at > len(model):
        raise ValueError(f"a field ends at byte {at} of {len(model)}")
    return at


def _read_varint(model: bytes, at: int) -> tuple[int, int]:
    """A little-endian base-128 number and the offset behind it."""
    value = shift = 0
    while at < len(model):
        byte = model[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("a number is cut off at the end")

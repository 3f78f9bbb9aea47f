"""The serialized SentencePiece model, walked record by record without a protobuf package."""

_PIECE_TAG = 0x0A  # field 1, length-delimited: ModelProto.pieces in sentencepiece_model.proto


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

"""The relayout moves the four marks behind all pieces and changes nothing else."""

from resources.starter.settings import MARKS
from resources.starter.vocabulary import marks_last, read_varint, split_records


def varint(value: int) -> bytes:
    """An integer as protobuf writes it."""
    low = value & 127
    return bytes([low | 128]) + varint(value >> 7) if value > 127 else bytes([low])


def record(field: int, content: bytes) -> bytes:
    """A field of bytes."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def test_marks_move_behind_the_pieces() -> None:
    names = ["<unk>", "<s>", "</s>", *MARKS, "<0x00>", "▁a", "long " * 60]
    settings = record(2, b"trainer") + record(3, b"normalizer")
    pieces, rest = split_records(marks_last(b"".join(record(1, name.encode()) for name in names) + settings))
    assert pieces == [record(1, name.encode()) for name in [*names[:3], *names[7:], *MARKS]]
    assert rest == settings


def test_varints_of_several_bytes() -> None:
    assert read_varint(varint(300) + b"\x05", 0) == (300, 2)
    assert read_varint(b"\x05", 0) == (5, 1)

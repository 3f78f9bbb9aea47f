"""Foreign text at its worst, and vocabularies made for a test."""

import struct
from collections.abc import Sequence

from hypothesis import settings
from hypothesis import strategies as st

from engine.tokens.vocabulary import Vocabulary

fuzz = settings(max_examples=100, deadline=None)

_MARKS = ["<PRE>", "<SUF>", "<MID>", "<EOT>", "<EOT><EOT>", "<step>", "<s>", "</s>", "<unk>", "<0x0A>", "<FILL_ME>"]
_STUMPS = ["<SU", "<SUF", "<PRE", "<M", "<MID", "<E", "<EOT", "<"]
_TAGS = ["[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "[INST", "SYS>>"]
_SPACES = [
    " ",
    "  ",
    "    ",
    "\t",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\u00a0",
    "\u2028",
    "\u3000",
    "\u0085",
    "\x1c",
    "\x00",
    "▁",
]
_CHARACTERS = [
    "é",
    "e\u0301",
    "日本語",
    "😀",
    "👨\u200d👩\u200d👧",
    "☺",
    "\ufeff",
    "\u200b",
    "\ufffd",
    "\ud800",
    "\udc80",
    "𐀀",
]
_CODE = [
    "def f(x):",
    "return",
    "x",
    "        if x:",
    '"""',
    "#",
    "0123",
    "].append(",
    "_",
    ">",
    "class Foo_Bar:",
    "\\n",
]

# Half of it are pieces that could go wrong, in any neighbourhood; the other half is whatever characters there are.
fragments = st.sampled_from([*_MARKS, *(f" {m}" for m in _MARKS), *_STUMPS, *_TAGS, *_SPACES, *_CHARACTERS, *_CODE])
texts = st.lists(fragments | st.text(st.characters(exclude_categories=()), max_size=4), max_size=24).map("".join)


def read_back(text: str) -> str:
    """What the ids of `text` decode to: U+2581 is spelled as a space, and UTF-8 has no lone surrogates."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("▁", " ")


def decode(vocabulary: Vocabulary, ids: Sequence[int]) -> str:
    """The text of ids, the implicit space included."""
    return b"".join(map(vocabulary.piece_bytes, ids)).decode()


def with_pieces(model: bytes, *pieces: str, kind: int = 1) -> bytes:
    """A serialized SentencePiece model with further pieces, ordinary ones if `kind` is 1 and the user's own if it is 4.

    The first of them merges before all others.
    """
    return model + b"".join(_piece_record(piece, 1000.0 - number, kind) for number, piece in enumerate(pieces))


def _piece_record(piece: str, score: float, kind: int) -> bytes:
    spelled = piece.encode()
    body = bytes((0x0A, len(spelled))) + spelled + b"\x15" + struct.pack("<f", score) + bytes((0x18, kind))
    return bytes((0x0A, len(body))) + body

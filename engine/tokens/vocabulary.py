"""A model's SentencePiece vocabulary: foreign text in as text ids only, control ids looked up by piece.

No id is written down here: Llama's vocabularies, Code Llama's with its sixteen extra pieces and the starter's differ
(docs/code-llama.md, "Vocabulary").
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sentencepiece

from engine.errors import ErrorCode, LacunaError
from engine.gguf.faults import shown_name
from engine.gguf.header import is_gguf, read_header
from engine.regular_files import read_regular
from engine.tokens.added_tokens import read_added
from engine.tokens.gguf_vocabulary import read_vocabulary
from engine.tokens.piece_records import command_marks, keep_pieces
from engine.tokens.segments import Segments, fit_segments

_MAX_BYTES = 64 << 20  # sixteen times the largest vocabulary of 256,000 pieces
_SPACE = "▁"  # how pieces spell a space
_MARKS = ("▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>")
_STEP = "<step>"
_SENTINEL = "☺"  # the authors' own (llama/tokenizer.py, encode_infilling): starts no longer piece
_PROBE = "  a  b \t\tif x:  # \u00e9 e\u0301\u3000\u212b \uff21  12  "  # what a normalizer would change; no line feed
_SURROGATE = re.compile("[\ud800-\udfff]")  # possible in Qt's and Python's strings, not in UTF-8


@dataclass(frozen=True, slots=True)
class Marks:
    """Ids of the four infilling marks."""

    pre: int
    suf: int
    mid: int
    eot: int


class Vocabulary:
    """What a tokenizer.model says, opened with `Vocabulary.open`. Immutable; may be used by several threads.

    Attributes: path; hash, the file's SHA-256 in hex; size, all pieces; text_vocab_size, foreign text uses only ids
    below it; drawable, a model may give ids below it; bos, eos; marks, None unless the vocabulary has all four; step,
    the end of a 70B turn, or None; line_feed, the id in which each line ends; implicit_space, what `encode` puts in
    front of a text, a space or nothing; max_piece_chars, no text id stands for more characters; space_first, the text
    ids whose text begins with a space; segments, how a text may be cut so that each part is encoded by itself
    (engine/tokens/segments.py), None if it may not.
    """

    def __init__(self, path: Path, model: bytes, added: Mapping[str, int] | None = None) -> None:
        self.path = path
        self.hash = hashlib.sha256(model).hexdigest()
        model = command_marks(model)
        whole = _load(model)
        self._whole = whole
        self.size: int = whole.get_piece_size()
        self.bos: int = whole.bos_id()
        self.eos: int = whole.eos_id()
        # What a folder adds has ids of its own; a piece that is there already is asked for by its name.
        self._added = {name: token_id for name, token_id in (added or {}).items() if token_id >= self.size}
        self.drawable = 1 + max((self.size - 1, *self._added.values()))
        if min(self.bos, self.eos) < 0:
            raise ValueError("the vocabulary has no begin or no end mark")
        marks = [self._id_of(mark) for mark in _MARKS]
        self.step = self._id_of(_STEP)
        present = [mark for mark in (*marks, self.step) if mark is not None]
        self.marks = None if None in marks else Marks(*(mark for mark in marks if mark is not None))
        self.text_vocab_size = self._first_command(min(present)) if present else self.size
        self._text = _load(keep_pieces(model, self.text_vocab_size)) if present else whole

        pieces: list[str] = whole.id_to_piece(list(range(self.text_vocab_size)))
        self.space_first = frozenset(token_id for token_id, piece in enumerate(pieces) if piece.startswith(_SPACE))
        self.max_piece_chars = max(len(piece) for piece in pieces)
        self._silent = frozenset(present) | {
            token_id for token_id in range(self.size) if whole.is_control(token_id) or whole.is_unknown(token_id)
        }
        first = whole.id_to_piece(self._text.encode(_SENTINEL)[0])
        self.implicit_space = " " if first.startswith(_SPACE) else ""
        self._sentinel_tokens = len(self._text.encode(_SENTINEL))
        self.line_feed = self.encode_bare("\n")[-1]
        self.segments = self._fit_segments(pieces)

    @classmethod
    def open(cls, path: Path) -> "Vocabulary":
        """Read a tokenizer.model, or the vocabulary in a GGUF file.

        Raises LacunaError: MODEL_INVALID where it is missing or broken, UNSUPPORTED where a GGUF file is of a kind that
        cannot be loaded.
        """
        try:
            if is_gguf(path):
                return cls.parse(path, read_vocabulary(read_header(path)).model)
            return cls.parse(path, read_regular(path, _MAX_BYTES), read_added(path.parent))
        except OSError as error:
            raise _unreadable(path, error) from error

    @classmethod
    def parse(cls, path: Path, model: bytes, added: Mapping[str, int] | None = None) -> "Vocabulary":
        """A serialized SentencePiece model that was found in that file, with the marks that a folder adds to it.

        Raises LacunaError MODEL_INVALID.
        """
        try:
            return cls(path, model, added)
        except (RuntimeError, ValueError, IndexError) as error:
            raise LacunaError(
                ErrorCode.MODEL_INVALID,
                f"The model's vocabulary in {shown_name(path)} is damaged or not a SentencePiece model.",
                "Download the model again or choose another model folder.",
                detail=f"{path}: {error}",
            ) from error

    def encode(self, text: str) -> list[int]:
        """Text ids of a foreign text, with SentencePiece's implicit space in front of it."""
        ids: list[int] = self._text.encode(_encodable(text))
        return ids

    def encode_bare(self, text: str) -> list[int]:
        """Text ids of a foreign text that stands behind other text: without the implicit space (the authors' enc')."""
        ids: list[int] = self._text.encode(_SENTINEL + _encodable(text))
        return ids[self._sentinel_tokens :]

    def count_bare(self, text: str) -> int:
        """How many ids `encode_bare` gives."""
        return len(self._text.encode(_SENTINEL + _encodable(text))) - self._sentinel_tokens

    def spell(self, text: str) -> str:
        """`text` as its ids read back: lone surrogates as U+FFFD, U+2581 as a space. Its ids are the same."""
        return text if text.isascii() else _encodable(text).replace(_SPACE, " ")

    def piece_bytes(self, token_id: int) -> bytes:
        """The UTF-8 bytes, possibly of a part of a character, that an id stands for; empty for a control id.

        Also empty for ids beyond the vocabulary: an embedding may have more rows than the tokenizer has pieces.
        """
        if token_id in self._silent or not 0 <= token_id < self.size:
            return b""
        piece: str = self._whole.id_to_piece(token_id)
        if self._whole.is_byte(token_id):
            return bytes((int(piece[3:5], 16),))  # <0xNN>
        return piece.replace(_SPACE, " ").encode()

    def control_id(self, name: str) -> int | None:
        """The id of a mark such as <|im_start|>, where the vocabulary or its folder has one that no text can become."""
        token_id: int = self._whole.piece_to_id(name)
        return token_id if self._whole.is_control(token_id) else self._added.get(name)

    def control_name(self, token_id: int) -> str:
        """What a control id is called, such as "<s>" or "<PRE>"; empty for the ids of text."""
        if not 0 <= token_id < self.size:
            return next((name for name, added in self._added.items() if added == token_id), f"<{token_id}>")
        if token_id < self.text_vocab_size and token_id not in self._silent:
            return ""
        piece: str = self._whole.id_to_piece(token_id)
        return piece.removeprefix(_SPACE)

    def are_text(self, ids: Sequence[int]) -> bool:
        """Whether each id is one that foreign text may be spelled with."""
        different = set(ids)
        return not different or (
            min(different) >= 0
            and max(different) < self.text_vocab_size
            and not any(self._whole.is_control(token_id) for token_id in different)
        )

    def _id_of(self, piece: str) -> int | None:
        token_id: int = self._whole.piece_to_id(piece)
        return None if token_id == self._whole.unk_id() else token_id

    def _fit_segments(self, pieces: Sequence[str]) -> Segments | None:
        """The way to cut that no piece spans. A probe also finds a normalizer in the file that would change a text as
        a whole.
        """
        whole = self._whole
        texts = (
            piece.replace(_SPACE, " ")
            for token_id, piece in enumerate(pieces)
            if not (whole.is_byte(token_id) or whole.is_control(token_id) or whole.is_unknown(token_id))
        )
        segments = fit_segments(texts)
        if segments is None or self.encode_bare("\n") != [self.line_feed]:
            return None
        parts = map(self.encode_bare, segments.cut_lines(_PROBE))
        return segments if [token_id for part in parts for token_id in part] == self.encode_bare(_PROBE) else None

    def _first_command(self, first_mark: int) -> int:
        """The id of the first piece that was added for the marks.

        Code Llama's merges need stumps such as `▁<SU` before them, which must not shift how a text is spelled.
        """
        first = first_mark
        while first > 0 and _is_stump(self._whole.id_to_piece(first - 1)):
            first -= 1
        return first


def _is_stump(piece: str) -> bool:
    return len(piece) > len("▁<") and any(mark.startswith(piece) for mark in _MARKS)


def _load(model: bytes) -> Any:
    """A SentencePieceProcessor. Raises RuntimeError if the bytes are not a model, ValueError if they are empty."""
    if not model:
        raise ValueError("the file is empty")
    return sentencepiece.SentencePieceProcessor(model_proto=model)


def _encodable(text: str) -> str:
    """`text` with each lone surrogate as U+FFFD; two that make a pair become its character."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unreadable(path: Path, error: OSError) -> LacunaError:
    what = "has no" if isinstance(error, FileNotFoundError) else "has an unreadable"
    return LacunaError(
        ErrorCode.MODEL_INVALID,
        f"The model folder {what} {path.name}, without which text cannot be turned into tokens.",
        "Choose a folder that has one, or download the model again.",
        detail=f"{path}: {error}",
    )

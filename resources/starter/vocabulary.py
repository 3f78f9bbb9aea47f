"""Trains the tokenizer and lays it out as Code Llama's: unk, bos, eos, bytes, pieces, and the four marks last."""

import io
from collections.abc import Sequence
from pathlib import Path

import sentencepiece

from resources.starter.settings import BOS, EOS, MARKS, VOCABULARY

PIECES_FIELD, BYTES_WIRE = 1, 2


def train_vocabulary(texts: Sequence[str], folder: Path) -> None:
    """Writes `tokenizer.model`, trained on the texts line by line."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(line for text in texts for line in text.split("\n") if line.strip()),
        model_writer=model,
        model_type="bpe",
        vocab_size=VOCABULARY,
        byte_fallback=True,
        character_coverage=0.9999,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        add_dummy_prefix=True,
        allow_whitespace_only_pieces=True,
        split_digits=True,
        max_sentence_length=100_000,
        unk_id=0,
        bos_id=BOS,
        eos_id=EOS,
        pad_id=-1,
        control_symbols=list(MARKS),
        input_sentence_size=400_000,
        shuffle_input_sentence=True,
    )
    (folder / "tokenizer.model").write_bytes(marks_last(model.getvalue()))


def marks_last(model: bytes) -> bytes:
    """The serialized tokenizer with its four marks, which the trainer puts at 3 to 6, behind all other pieces."""
    pieces, rest = split_records(model)
    first = EOS + 1
    behind = first + len(MARKS)
    return b"".join([*pieces[:first], *pieces[behind:], *pieces[first:behind]]) + rest


def split_records(model: bytes) -> tuple[list[bytes], bytes]:
    """The piece records of a serialized tokenizer, and everything else."""
    pieces: list[bytes] = []
    rest = b""
    at = 0
    while at < len(model):
        start = at
        key, at = read_varint(model, at)
        if key & 7 != BYTES_WIRE:
            raise ValueError("unexpected wire type at the top level of the tokenizer model")
        size, at = read_varint(model, at)
        at += size
        if key >> 3 == PIECES_FIELD:
            pieces.append(model[start:at])
        else:
            rest += model[start:at]
    return pieces, rest


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The integer that starts at a place of a protobuf message, and the place behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7

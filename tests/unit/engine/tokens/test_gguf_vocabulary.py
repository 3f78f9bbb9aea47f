"""Vocabularies in GGUF files: Llama's kind is the SentencePiece model it was, GPT-2's kind is laid out anew."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.gguf.header import read_header
from engine.tokens.byte_level import byte_alphabet
from engine.tokens.gguf_vocabulary import read_vocabulary
from engine.tokens.lines import LineEncoder
from engine.tokens.segments import CONTRACTED
from engine.tokens.vocabulary import Vocabulary
from tests.gguf_files import llama_vocabulary, write_vocabulary
from tests.vocabularies import decode, fuzz, read_back, texts

GPT2 = {byte: character for character, byte in byte_alphabet().items()}


def in_gpt2(text: str) -> str:
    """A text in GPT-2's alphabet for bytes."""
    return "".join(GPT2[byte] for byte in text.encode())


def gpt2_vocabulary(*merges: str) -> dict[str, Any]:
    """The bytes and what comes of merging "a|b" in turn, behind four marks."""
    pairs = [tuple(map(in_gpt2, merge.split("|"))) for merge in merges]
    tokens = ["<|end|>", "<|user|>", "<|bot|>", "<|tool|>", *GPT2.values(), *("".join(pair) for pair in pairs)]
    return {
        "model": "gpt2",
        "tokens": tokens,
        "merges": [" ".join(pair) for pair in pairs],
        "token_type": [3, 3, 3, 3, *[1] * (len(tokens) - 4)],
        "bos_token_id": 1,
        "eos_token_id": 2,
        "unknown_token_id": 0,
    }


@pytest.fixture(scope="module")
def as_gguf(vocabulary: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    """The same vocabulary by way of a GGUF file."""
    path = tmp_path_factory.mktemp("gguf") / "model.gguf"
    return Vocabulary.open(write_vocabulary(path, llama_vocabulary(vocabulary.path)))


@fuzz
@given(text=texts)
def test_llamas_kind_gives_the_ids_of_the_model_it_was(vocabulary: Vocabulary, as_gguf: Vocabulary, text: str) -> None:
    assert as_gguf.encode(text) == vocabulary.encode(text)
    assert as_gguf.encode_bare(text) == vocabulary.encode_bare(text)


def test_llamas_kind_has_the_marks_and_pieces_of_the_model_it_was(vocabulary: Vocabulary, as_gguf: Vocabulary) -> None:
    for name in ("size", "text_vocab_size", "bos", "eos", "marks", "step", "line_feed", "segments", "space_first"):
        assert getattr(as_gguf, name) == getattr(vocabulary, name), name
    ids = range(vocabulary.size)
    assert list(map(as_gguf.piece_bytes, ids)) == list(map(vocabulary.piece_bytes, ids))
    assert list(map(as_gguf.control_name, ids)) == list(map(vocabulary.control_name, ids))


def test_a_piece_of_the_users_that_looks_like_a_mark_is_no_text(tmp_path: Path, starter_vocabulary: Vocabulary) -> None:
    entries = llama_vocabulary(starter_vocabulary.path)
    for number, piece in ((700, "<|user|>"), (701, "zqzq")):
        entries["tokens"][number] = piece
        entries["token_type"][number] = 4
    vocabulary = Vocabulary.open(write_vocabulary(tmp_path / "some.gguf", entries))
    assert 701 in vocabulary.encode_bare("a zqzq b")
    assert 700 not in vocabulary.encode_bare("a <|user|> b")
    assert not vocabulary.are_text([700])
    assert vocabulary.piece_bytes(700) == b""


def test_gpt2s_kind_is_laid_out_as_llamas(tmp_path: Path) -> None:
    entries = gpt2_vocabulary("r|e", "  | ", " |re", "é|!", "\n| ", " | ")
    path = write_vocabulary(tmp_path / "some.gguf", entries)
    spelled = read_vocabulary(read_header(path))
    vocabulary = Vocabulary.parse(path, spelled.model)
    assert (vocabulary.bos, vocabulary.eos, vocabulary.line_feed) == (1, 2, 3 + ord("\n"))
    assert vocabulary.marks is None
    assert [vocabulary.piece_bytes(3 + byte) for byte in range(256)] == [bytes((byte,)) for byte in range(256)]
    assert spelled.rows[:3] == (0, 1, 2)
    assert len(spelled.rows) == vocabulary.size
    assert spelled.rows[-1] == entries["tokens"].index("<|tool|>")
    for token_id in range(3, vocabulary.size - 1):  # what an id stands for is what its row stood for
        assert in_bytes(entries["tokens"][spelled.rows[token_id]]) == vocabulary.piece_bytes(token_id)
    assert "\n " not in {vocabulary.piece_bytes(token_id).decode("latin-1") for token_id in range(vocabulary.size)}


def in_bytes(token: str) -> bytes:
    return bytes(byte_alphabet()[character] for character in token)


def test_gpt2s_ranks_decide_what_merges_first(tmp_path: Path) -> None:
    def spelled(*merges: str) -> list[bytes]:
        vocabulary = Vocabulary.open(write_vocabulary(tmp_path / "some.gguf", gpt2_vocabulary(*merges)))
        return list(map(vocabulary.piece_bytes, vocabulary.encode_bare("abc")))

    assert spelled("a|b", "b|c") == [b"ab", b"c"]
    assert spelled("b|c", "a|b") == [b"a", b"bc"]


def test_gpt2s_spaces_before_a_word_leave_it_its_own(tmp_path: Path) -> None:
    entries = gpt2_vocabulary(" | ", "  |  ", "  | ", "i|f", " |if")
    vocabulary = Vocabulary.open(write_vocabulary(tmp_path / "some.gguf", entries))
    assert [vocabulary.piece_bytes(token_id) for token_id in vocabulary.encode_bare("    if")] == [b"   ", b" if"]


def test_gpt2s_commands_are_no_text(tmp_path: Path) -> None:
    vocabulary = Vocabulary.open(write_vocabulary(tmp_path / "some.gguf", gpt2_vocabulary("a|b")))
    assert decode(vocabulary, vocabulary.encode_bare("<|user|>")) == "<|user|>"
    assert vocabulary.are_text(vocabulary.encode_bare("<|user|><s></s><|end|><|tool|>"))
    assert [vocabulary.control_name(token_id) for token_id in (0, 1, 2, vocabulary.size - 1)] == [
        "<|end|>",
        "<|user|>",
        "<|bot|>",
        "<|tool|>",
    ]


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    entries = gpt2_vocabulary(" | ", "  |  ", "e|r", "r|e", " |re", "t|u", "tu|r", "n|\n", "é|e", "re|tur")
    return Vocabulary.open(write_vocabulary(tmp_path_factory.mktemp("gguf") / "some.gguf", entries))


@fuzz
@given(text=texts | st.text())
def test_any_text_reads_back_from_gpt2s_kind(gpt2: Vocabulary, text: str) -> None:
    ids = gpt2.encode_bare(text)
    assert gpt2.are_text(ids)
    assert decode(gpt2, ids) == read_back(text)
    assert gpt2.encode(f"{text}\n") + gpt2.encode_bare(text) == gpt2.encode(f"{text}\n{text}")


@pytest.fixture(scope="module")
def contracted(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    """Of GPT-2's kind, with pieces for the ends of contractions."""
    merges = (" | ", "l|l", "'|ll", "'|s", "'|t", "(|'", "t|o", "a|ll", " |all", "s|t", "'|'")
    path = tmp_path_factory.mktemp("gguf") / "some.gguf"
    vocabulary = Vocabulary.open(write_vocabulary(path, gpt2_vocabulary(*merges)))
    assert vocabulary.segments is CONTRACTED
    return vocabulary


@fuzz
@given(
    parts=st.lists(st.sampled_from(["'", "''", "s", "st", "ll", "all", " ", "  ", "(", "1", "é", "_", "\n"]) | texts)
)
def test_contractions_are_cut_where_no_piece_spans_the_cut(contracted: Vocabulary, parts: list[str]) -> None:
    text = "".join(parts)
    lines = LineEncoder(contracted, 100)
    assert list(lines.encode_document(text)) == contracted.encode_bare(text)
    assert lines.count(text) == len(contracted.encode(text))

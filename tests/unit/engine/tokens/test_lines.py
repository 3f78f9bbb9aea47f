"""Encoding line by line, and within lines by segment, gives the ids of one call."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tokens.lines import LineEncoder
from engine.tokens.piece_records import keep_pieces
from engine.tokens.vocabulary import Vocabulary
from tests.vocabularies import fuzz, texts, with_pieces

documents = st.lists(texts | st.sampled_from(["", "    return x", "\treturn x"]), max_size=12).map("\n".join)


@fuzz
@given(document=documents)
def test_encode_document_equals_one_call(vocabulary: Vocabulary, document: str) -> None:
    encoder = LineEncoder(vocabulary, 1000)
    assert encoder.encode_document(document).tolist() == vocabulary.encode_bare(document)
    assert encoder.count(document) == len(vocabulary.encode(document))


@fuzz
@given(several=st.lists(documents, min_size=2, max_size=6), capacity=st.integers(0, 5))
def test_encode_document_when_lines_were_forgotten_still_equals_one_call(
    starter_vocabulary: Vocabulary, several: list[str], capacity: int
) -> None:
    encoder = LineEncoder(starter_vocabulary, capacity)
    for document in [*several, *several]:
        assert encoder.encode_document(document).tolist() == starter_vocabulary.encode_bare(document)
        assert encoder.count(document) == len(starter_vocabulary.encode(document))


def test_encode_document_of_the_real_thing_equals_one_call(vocabulary: Vocabulary) -> None:
    source = Path(pytest.__file__).read_text()
    for text in (source, source.replace("\n", "\r\n"), source.replace("\n", "\u2028"), source.replace("    ", "\t")):
        encoder = LineEncoder(vocabulary, 1000)
        assert encoder.encode_document(text).tolist() == vocabulary.encode_bare(text)
        assert encoder.count(text) == len(vocabulary.encode(text))


@fuzz
@given(before=documents, after=documents, kept=documents, at=st.integers(0, 60), until=st.integers(0, 60))
def test_count_edited_equals_count(
    starter_vocabulary: Vocabulary, before: str, after: str, kept: str, at: int, until: int
) -> None:
    encoder = LineEncoder(starter_vocabulary, 1000)
    edits = [(before, after), (kept + before + kept, kept + after + kept)]
    edits += [(kept, kept[:at] + kept[at + until :]), (kept[:at] + kept[at + until :], kept), (kept, kept)]
    for old, new in edits:
        assert encoder.count_edited(new, old, encoder.count(old)) == len(starter_vocabulary.encode(new))


def test_count_edited_looks_at_the_lines_that_differ_and_at_no_other(starter_vocabulary: Vocabulary) -> None:
    lines = [f"name_{number} = {number}\n" for number in range(5000)]
    before = "".join(lines)
    lines[2000:2003] = ["brand_new_word = 1\n", "other_words_here\n"]
    after = "".join(lines)
    encoder = LineEncoder(starter_vocabulary, 100_000)
    tokens = len(starter_vocabulary.encode(before))
    assert encoder.count_edited(after, before, tokens) == len(starter_vocabulary.encode(after))
    assert 5 <= encoder.remembered <= 25


def test_segments_of_a_text_are_remembered_up_to_the_capacity(starter_vocabulary: Vocabulary) -> None:
    encoder = LineEncoder(starter_vocabulary, 10)
    for number in range(50):
        encoder.count(f"x{number} y{number} " + "z" * 1000)
        assert encoder.remembered <= 10


def test_encode_document_when_a_piece_spans_a_line_end_equals_one_call(
    starter_vocabulary: Vocabulary, tmp_path: Path
) -> None:
    path = tmp_path / "tokenizer.model"
    text_pieces = keep_pieces(starter_vocabulary.path.read_bytes(), starter_vocabulary.text_vocab_size)
    path.write_bytes(with_pieces(text_pieces, "a\nb", "a\n"))
    spanning = Vocabulary.open(path)
    encoder = LineEncoder(spanning, 10)
    assert spanning.segments is None
    assert spanning.size - 2 in spanning.encode("xa\nb")
    assert encoder.encode_document("xa\nb\n").tolist() == spanning.encode_bare("xa\nb\n")
    assert encoder.count("xa\nb\n") == len(spanning.encode("xa\nb\n"))
    assert encoder.count_edited("xa\nb\n", "xa\nc\n", 4) == len(spanning.encode("xa\nb\n"))

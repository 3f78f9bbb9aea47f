"""Vocabularies: ids looked up by piece, foreign text that can never become a control id."""

import hashlib
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from sentencepiece import SentencePieceProcessor

from engine.errors import ErrorCode, LacunaError
from engine.tokens.piece_records import keep_pieces
from engine.tokens.segments import PLAIN
from engine.tokens.vocabulary import Marks, Vocabulary
from tests.vocabularies import decode, fuzz, read_back, texts, with_pieces


@fuzz
@given(text=texts)
def test_encode_of_any_text_gives_text_ids_that_read_back(vocabulary: Vocabulary, text: str) -> None:
    ids = vocabulary.encode(text)
    assert vocabulary.are_text(ids)
    assert not {vocabulary.bos, vocabulary.eos} & set(ids)
    assert decode(vocabulary, ids) == (f" {read_back(text)}" if text else "")


@fuzz
@given(text=texts)
def test_encode_bare_of_any_text_gives_text_ids_without_the_implicit_space(vocabulary: Vocabulary, text: str) -> None:
    ids = vocabulary.encode_bare(text)
    assert vocabulary.are_text(ids)
    assert decode(vocabulary, ids) == read_back(text)


@fuzz
@given(before=texts, after=texts)
def test_encode_of_two_texts_joined_at_a_line_end_is_what_each_gives(
    vocabulary: Vocabulary, before: str, after: str
) -> None:
    assert vocabulary.encode(f"{before}\n") + vocabulary.encode_bare(after) == vocabulary.encode(f"{before}\n{after}")


@fuzz
@given(text=texts)
def test_count_bare_and_spell_say_what_encode_bare_gives(vocabulary: Vocabulary, text: str) -> None:
    ids = vocabulary.encode_bare(text)
    assert vocabulary.count_bare(text) == len(ids)
    assert vocabulary.spell(text) == read_back(text)
    assert vocabulary.encode_bare(vocabulary.spell(text)) == ids


def test_encode_when_the_plain_processor_would_let_a_mark_in_spells_it_as_text(golden_folder: Path) -> None:
    path = golden_folder / "codellama-32016.model"
    vocabulary = Vocabulary.open(path)
    assert vocabulary.marks is not None
    text = "old html: <PRE> a </PRE>"
    assert vocabulary.marks.pre in SentencePieceProcessor(model_file=str(path)).encode(text)
    assert max(vocabulary.encode(text)) < vocabulary.text_vocab_size


def test_encode_when_two_surrogates_make_a_pair_gives_its_character(starter_vocabulary: Vocabulary) -> None:
    assert decode(starter_vocabulary, starter_vocabulary.encode_bare("\ud83d\ude00 \ude00")) == "😀 \ufffd"


def test_marks_of_the_starter_are_its_last_pieces(starter_vocabulary: Vocabulary) -> None:
    size = starter_vocabulary.size
    assert starter_vocabulary.marks == Marks(size - 4, size - 3, size - 2, size - 1)
    assert starter_vocabulary.text_vocab_size == size - 4
    assert starter_vocabulary.step is None


def test_marks_of_code_llama_and_their_stumps_are_no_text(golden_folder: Path) -> None:
    vocabulary = Vocabulary.open(golden_folder / "codellama-32016.model")
    assert vocabulary.marks == Marks(32007, 32008, 32009, 32010)
    assert (vocabulary.size, vocabulary.text_vocab_size) == (32016, 32000)
    assert (vocabulary.bos, vocabulary.eos, vocabulary.line_feed) == (1, 2, 13)


def test_marks_of_a_vocabulary_without_them_are_none(golden_folder: Path) -> None:
    vocabulary = Vocabulary.open(golden_folder / "llama2.model")
    assert vocabulary.marks is None
    assert vocabulary.text_vocab_size == vocabulary.size == 32000


def test_step_when_the_vocabulary_has_one_is_found_and_is_no_text(turns_vocabulary: Vocabulary) -> None:
    assert turns_vocabulary.step == turns_vocabulary.size - 1
    assert turns_vocabulary.step not in turns_vocabulary.encode("a <step><step> b")


def test_hash_is_the_files_sha256(starter_vocabulary: Vocabulary) -> None:
    assert starter_vocabulary.hash == hashlib.sha256(starter_vocabulary.path.read_bytes()).hexdigest()


def test_piece_bytes_of_control_ids_and_of_ids_beyond_the_vocabulary_are_empty(vocabulary: Vocabulary) -> None:
    marks = vocabulary.marks
    silent = [vocabulary.bos, vocabulary.eos, vocabulary.size, vocabulary.size + 63, -1]
    silent += [marks.pre, marks.suf, marks.mid, marks.eot] if marks else []
    assert [vocabulary.piece_bytes(token_id) for token_id in silent] == [b""] * len(silent)
    assert vocabulary.piece_bytes(vocabulary.line_feed) == b"\n"


def test_are_text_refuses_control_ids_and_ids_out_of_range(vocabulary: Vocabulary) -> None:
    assert vocabulary.are_text([])
    assert vocabulary.are_text(vocabulary.encode("x = 1\n"))
    for wrong in (vocabulary.bos, vocabulary.eos, vocabulary.text_vocab_size, -1, 1 << 31):
        assert not vocabulary.are_text([vocabulary.line_feed, wrong]), wrong


@pytest.mark.parametrize("piece", ["a\nb", "a b", "a(", "1a", "x\t", "\u00e9 a"])
def test_segments_when_a_piece_spans_a_cut_are_none(starter_vocabulary: Vocabulary, tmp_path: Path, piece: str) -> None:
    assert _with_piece(starter_vocabulary, tmp_path, "qzqz").segments is PLAIN
    assert _with_piece(starter_vocabulary, tmp_path, piece.replace(" ", "▁")).segments is None


def _with_piece(vocabulary: Vocabulary, folder: Path, piece: str) -> Vocabulary:
    path = folder / "tokenizer.model"
    text_pieces = keep_pieces(vocabulary.path.read_bytes(), vocabulary.text_vocab_size)
    path.write_bytes(with_pieces(text_pieces, piece))
    return Vocabulary.open(path)


def test_segments_of_llamas_vocabularies_are_the_finest(vocabulary: Vocabulary) -> None:
    assert vocabulary.segments is PLAIN


@pytest.mark.parametrize("kind", ["missing", "folder", "empty", "noise", "cut off", "text"])
def test_open_when_the_file_is_no_model_says_so(starter_vocabulary: Vocabulary, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "tokenizer.model"
    whole = starter_vocabulary.path.read_bytes()
    contents = {"empty": b"", "noise": b"\xff" * 500, "cut off": whole[: len(whole) // 2], "text": b'{"a": 1}\n' * 9}
    if kind == "folder":
        path.mkdir()
    elif kind != "missing":
        path.write_bytes(contents[kind])
    with pytest.raises(LacunaError) as caught:
        Vocabulary.open(path)
    report = caught.value.report
    assert report.code is ErrorCode.MODEL_INVALID
    assert "tokenizer.model" in report.sentence
    assert report.next_step
    assert str(tmp_path) in report.detail


def test_marks_that_a_maker_defined_are_control_ids_and_no_text_becomes_them(
    tmp_path: Path, starter_folder: Path
) -> None:
    model = (starter_folder / "tokenizer.model").read_bytes()
    path = tmp_path / "tokenizer.model"
    path.write_bytes(with_pieces(model, "<|im_end|>", "[DONE]", "mot-clé", kind=4))
    vocabulary = Vocabulary.open(path)
    first = vocabulary.size - 3
    assert [vocabulary.control_id(name) for name in ("<|im_end|>", "[DONE]", "mot-clé")] == [first, first + 1, None]
    assert vocabulary.control_name(first) == "<|im_end|>"
    for text in ("<|im_end|>", "a<|im_end|>", " [DONE]\n"):
        assert decode(vocabulary, vocabulary.encode_bare(text)) == text
        assert not {first, first + 1} & {*vocabulary.encode(text), *vocabulary.encode_bare(text)}
    assert vocabulary.are_text(vocabulary.encode("<|im_end|>"))
    assert not vocabulary.are_text([first])


_END = "<|im_end|>"


@pytest.mark.parametrize(
    ("files", "ids"),
    [
        ({"added_tokens.json": '{"<|im_end|>": 5000, "[PAD]": 5001, "<|a|>": -1, "<|b|>": 1e3}'}, {_END: 5000}),
        ({"tokenizer_config.json": '{"added_tokens_decoder": {"5000": {"content": "<|im_end|>"}}}'}, {_END: 5000}),
        ({"tokenizer_config.json": '{"added_tokens_decoder": {"9": {"content": "<|im_end|>"}, "7": {}}}'}, {}),
        ({"tokenizer_config.json": "[", "added_tokens.json": "7"}, {}),
    ],
)
def test_marks_that_a_folder_adds_have_ids_behind_the_vocabulary(
    tmp_path: Path, starter_folder: Path, files: dict[str, str], ids: dict[str, int]
) -> None:
    shutil.copyfile(starter_folder / "tokenizer.model", tmp_path / "tokenizer.model")
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    vocabulary = Vocabulary.open(tmp_path / "tokenizer.model")
    assert vocabulary.control_id("<|im_end|>") == ids.get("<|im_end|>")
    assert vocabulary.drawable == max(vocabulary.size, *(token_id + 1 for token_id in ids.values()), 0)
    for name, token_id in ids.items():
        assert vocabulary.control_name(token_id) == name
        assert vocabulary.piece_bytes(token_id) == b""

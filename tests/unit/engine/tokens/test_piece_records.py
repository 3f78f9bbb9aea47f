"""The walk over a serialized SentencePiece model."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentencepiece import SentencePieceProcessor

from engine.tokens.piece_records import keep_pieces
from tests.vocabularies import fuzz, with_pieces


@pytest.fixture(scope="module")
def model(starter_folder: Path) -> bytes:
    return (starter_folder / "tokenizer.model").read_bytes()


def test_keep_pieces_when_all_are_kept_changes_nothing(model: bytes) -> None:
    assert keep_pieces(model, SentencePieceProcessor(model_proto=model).get_piece_size()) == model


def test_keep_pieces_drops_the_last_pieces_and_nothing_else(model: bytes) -> None:
    whole = SentencePieceProcessor(model_proto=model)
    kept = SentencePieceProcessor(model_proto=keep_pieces(model, 1000))
    assert kept.get_piece_size() == 1000
    assert kept.id_to_piece(list(range(1000))) == whole.id_to_piece(list(range(1000)))
    assert (kept.bos_id(), kept.eos_id(), kept.unk_id()) == (whole.bos_id(), whole.eos_id(), whole.unk_id())
    assert len(keep_pieces(model, 1000)) < len(model)


def test_keep_pieces_when_pieces_stand_behind_the_settings_still_drops_them(model: bytes) -> None:
    assert keep_pieces(with_pieces(model, "extra"), SentencePieceProcessor(model_proto=model).get_piece_size()) == model


@pytest.mark.parametrize("broken", [b"\x0a", b"\x0a\x05ab", b"\x0b\x01", b"\xff\xff", b"\x0d\x00"])
def test_keep_pieces_when_a_field_is_cut_off_or_unknown_raises(broken: bytes) -> None:
    with pytest.raises(ValueError, match=r"byte|cut off"):
        keep_pieces(broken, 1)


@fuzz
@given(noise=st.binary(max_size=64))
def test_keep_pieces_of_any_bytes_raises_nothing_but_value_error(noise: bytes) -> None:
    with suppress(ValueError):
        assert len(keep_pieces(noise, 0)) <= len(noise)

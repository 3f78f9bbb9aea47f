"""The incremental detokenizer, against the golden streams and against whole texts."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tokens.detokenizer import Detokenizer
from engine.tokens.vocabulary import Vocabulary
from tests.vocabularies import fuzz, read_back, texts


def _show(vocabulary: Vocabulary, ids: list[int], *, drop_leading_space: bool) -> tuple[list[str], str]:
    """What is on screen after each id, and at the end."""
    detokenizer = Detokenizer(vocabulary, drop_leading_space=drop_leading_space)
    shown: list[str] = []
    text = ""
    for token_id in ids:
        text += detokenizer.push(token_id)
        shown.append(text)
    return shown, text + detokenizer.finish()


def test_golden_streams_show_what_may_be_shown_after_each_id(golden_folder: Path, subtests: pytest.Subtests) -> None:
    golden = json.loads((golden_folder / "detokenize.json").read_text())
    vocabularies = {name: Vocabulary.open(golden_folder / name) for name in golden["models"]}
    for case in golden["cases"]:
        with subtests.test(case["name"]):
            _check_case(vocabularies[case["model"]], case)


def _check_case(vocabulary: Vocabulary, case: dict[str, Any]) -> None:
    ids = [token_id for token_id in case["ids"] if token_id not in case["stop_ids"]]
    shown, text = _show(vocabulary, ids, drop_leading_space=case["mode"] == "chat")
    shown += [shown[-1]] * (len(case["ids"]) - len(ids))  # a stop id is not pushed and shows nothing
    accepted = [case, *case.get("also_accepted", [])]
    assert (shown, text) in [(each["shown"], each["text"]) for each in accepted]


@fuzz
@given(text=texts)
def test_ids_of_a_text_show_its_beginnings_and_at_the_end_all_of_it(vocabulary: Vocabulary, text: str) -> None:
    expected = read_back(text)
    for ids, drop in ((vocabulary.encode(text), True), (vocabulary.encode_bare(text), False)):
        shown, whole = _show(vocabulary, ids, drop_leading_space=drop)
        assert whole == expected
        assert all(expected.startswith(beginning) for beginning in shown)


@fuzz
@given(data=st.data())
def test_any_ids_show_what_all_of_them_together_would(vocabulary: Vocabulary, data: st.DataObject) -> None:
    ids = data.draw(st.lists(st.integers(0, vocabulary.size + 3) | st.integers(0, 300), max_size=40))
    all_bytes = b"".join(map(vocabulary.piece_bytes, ids))
    assert _show(vocabulary, ids, drop_leading_space=False)[1] == all_bytes.decode(errors="replace")
    assert _show(vocabulary, ids, drop_leading_space=True)[1] == all_bytes.removeprefix(b" ").decode(errors="replace")


def test_control_ids_show_nothing_and_keep_the_first_space_droppable(starter_vocabulary: Vocabulary) -> None:
    ids = [starter_vocabulary.bos, *starter_vocabulary.encode("Yes"), starter_vocabulary.eos]
    assert _show(starter_vocabulary, ids, drop_leading_space=True)[1] == "Yes"


def test_a_stream_cut_inside_a_character_ends_in_a_replacement_character(starter_vocabulary: Vocabulary) -> None:
    shown, text = _show(starter_vocabulary, starter_vocabulary.encode_bare("a😀")[:-1], drop_leading_space=False)
    assert shown[-1] == "a"
    assert text == "a\ufffd"


class CountingVocabulary:
    """Counts what a detokenizer asks of it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.asked: list[int] = []

    def piece_bytes(self, token_id: int) -> bytes:
        self.asked.append(token_id)
        return self._vocabulary.piece_bytes(token_id)


def test_each_id_is_looked_at_once_and_shows_at_most_its_own_bytes_however_long_the_answer(
    starter_vocabulary: Vocabulary,
) -> None:
    ids = starter_vocabulary.encode_bare("def naïve(x):\n    return '😀' * x\n" * 500)
    counting = CountingVocabulary(starter_vocabulary)
    detokenizer = Detokenizer(counting, drop_leading_space=False)  # type: ignore[arg-type]  # only what it calls
    held = 0
    for number, token_id in enumerate(ids, 1):
        shown = detokenizer.push(token_id)
        held += len(starter_vocabulary.piece_bytes(token_id)) - len(shown.encode())
        assert 0 <= held <= 3  # bytes of a character that is not whole: nothing else is kept or done again
        assert len(counting.asked) == number
    assert counting.asked == ids

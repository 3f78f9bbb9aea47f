"""Matching typed letters against titles."""

from hypothesis import given
from hypothesis import strategies as st

from ui.window.fuzzy import match


def _score(query: str, text: str) -> int:
    found = match(query, text)
    assert found is not None
    return found.score


def test_match_when_letters_start_words_beats_letters_inside_words() -> None:
    assert _score("of", "Open folder") > _score("of", "Loading file")


def test_match_when_letters_stand_together_beats_letters_apart() -> None:
    assert _score("save", "Save") > _score("save", "S-a-v-e")
    assert _score("fill", "Fill the gap") > _score("fill", "Focus in late level")


def test_match_when_letters_come_early_beats_letters_that_come_late() -> None:
    assert _score("chat", "Chat pane") > _score("chat", "Show the chat")


def test_match_when_there_are_several_places_takes_the_best() -> None:
    found = match("fold", "Lifeboat fold")
    assert found is not None
    assert found.positions == (9, 10, 11, 12)


def test_match_when_a_letter_is_missing_is_none() -> None:
    assert match("fillz", "Fill the gap") is None


def test_match_when_nothing_is_typed_fits_everything() -> None:
    found = match("  ", "Quit")
    assert found is not None
    assert found.positions == ()


@given(st.text(max_size=12), st.text(max_size=40))
def test_positions_spell_the_query_in_order(query: str, text: str) -> None:
    found = match(query, text)
    if found is not None:
        wanted = [letter for letter in query.lower() if not letter.isspace()]
        letters = [character.lower() for character in text]
        assert [letters[position] for position in found.positions] == wanted
        assert list(found.positions) == sorted(set(found.positions))


@given(st.text(alphabet="abc ", min_size=1, max_size=20), st.data())
def test_every_subsequence_is_found(text: str, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    query = "".join(character for character, keep in zip(text, kept, strict=True) if keep)
    assert match(query, text) is not None

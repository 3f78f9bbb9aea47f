"""Stop strings: text ends before the first, and nothing of one is ever shown."""

from hypothesis import given
from hypothesis import strategies as st

from engine.generate.stop_strings import StopStrings

texts = st.text("ab\n", max_size=30)


def cut(text: str, strings: list[str]) -> str:
    """The reference: the whole text up to the stop string that is complete first, the longest of several."""
    places = [(text.find(string) + len(string), text.find(string)) for string in strings if string in text]
    return text[: min(places)[1]] if places else text


@given(
    pieces=st.lists(st.text("ab\n", max_size=5), max_size=12), strings=st.lists(st.text("ab\n", min_size=1), max_size=3)
)
def test_shown_text_is_what_stands_before_the_first_stop_string(pieces: list[str], strings: list[str]) -> None:
    stops, shown = StopStrings(strings), ""
    whole = cut("".join(pieces), strings)
    for piece in pieces:
        shown += stops.push(piece)
        assert whole.startswith(shown)
        if stops.found:
            break
    shown += stops.finish()
    assert shown == whole
    assert stops.found == (whole != "".join(pieces))


def test_only_what_may_become_a_stop_string_is_held_back() -> None:
    stops = StopStrings(["\n\n", "END"])
    assert stops.push("a = 1\n") == "a = 1"
    assert stops.push("b = 2 E") == "\nb = 2 "
    assert stops.push("N") == ""
    assert stops.push("Q") == "ENQ"
    assert stops.finish() == ""

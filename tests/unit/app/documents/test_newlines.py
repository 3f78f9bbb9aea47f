"""Line ends survive: unedited texts come back exactly, and an edit changes the lines it touches alone."""

from hypothesis import given
from hypothesis import strategies as st

from app.documents.newlines import join_newlines, split_newlines

texts = st.lists(
    st.sampled_from(["a", "b", "é", "😀", "\n", "\r", "\r\n", "\u2028", "\u2029", "\ufdd0", "\x0b", "\x85"]),
    max_size=40,
).map("".join)


@given(texts)
def test_join_when_unedited_gives_the_original(raw: str) -> None:
    text, newlines = split_newlines(raw)
    assert join_newlines(text, text, newlines) == raw
    assert "\r" not in text


@given(texts, texts, texts)
def test_join_when_one_place_is_edited_keeps_every_other_line(before: str, middle: str, after: str) -> None:
    raw = f"{before}\n{middle}\n{after}"
    text, newlines = split_newlines(raw)
    head, tail = split_newlines(before + "\n")[0], split_newlines("\n" + after)[0]
    edited = f"{head}new one\nnew two{tail}"
    saved = join_newlines(edited, text, newlines)
    assert saved.startswith(before)
    assert saved.endswith(after)


def test_split_when_crlf_prevails_makes_it_common() -> None:
    text, newlines = split_newlines("a\r\nb\r\nc\nd")
    assert (text, newlines.common, newlines.name) == ("a\nb\nc\nd", "\r\n", "CRLF and others")


def test_join_when_a_line_is_added_to_crlf_gives_it_crlf() -> None:
    text, newlines = split_newlines("a\r\nb\r\n")
    assert join_newlines("a\nnew\nb\n", text, newlines) == "a\r\nnew\r\nb\r\n"


def test_join_when_two_places_of_a_mixed_file_are_edited_keeps_lone_cr_and_u2028_between() -> None:
    text, newlines = split_newlines("one\ntwo\rthree\u2028still three\r\nfour\nfive\n")
    edited = text.replace("one", "ONE").replace("five", "FIVE")
    assert join_newlines(edited, text, newlines) == "ONE\ntwo\rthree\u2028still three\r\nfour\nFIVE\n"


def test_join_when_last_line_gets_a_successor_uses_the_common_end() -> None:
    text, newlines = split_newlines("a\rb\nc\nd")
    assert join_newlines(text + "\ne", text, newlines) == "a\rb\nc\nd\ne"

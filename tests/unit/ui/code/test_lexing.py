"""Lexing gives what Pygments gives, from the top and from every mark."""

import inspect
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexer import Lexer

from ui.code import lexing
from ui.code.lexing import Lexeme, ResumePoint, can_resume, lex, lexer_for

SAMPLES = {
    "a.py": inspect.getsource(lexing) + '\nx = f"""{a:>{w}}\nmore"""\n"open\nclass A:\n    é = "😀"\n$?\n',
    "a.c": "/* one\n two */\nint main(void) {\n#define X 1 \\\n  2\n  return X; // end\n}\n",
    "a.js": "const a = `x ${b + `y`}\n`; /* c\n*/ let r = /[/]/g;\n",
    "a.html": "<!-- a\nb --><p class='x'>t</p><script>\nlet a = 1;\n</script>\n",
    "a.json": json.dumps({"a": [1, {"b": None}]}, indent=1),
}


def lexer_of(name: str) -> Lexer:
    lexer = lexer_for(name)
    assert lexer is not None
    return lexer


@pytest.mark.parametrize("name", SAMPLES)
def test_lex_from_the_top_equals_pygments(name: str) -> None:
    lexer, text = lexer_of(name), SAMPLES[name]
    ours = [
        (piece.start, piece.kind, text[piece.start : piece.end])
        for piece in lex(lexer, text)
        if isinstance(piece, Lexeme)
    ]
    theirs = list(lexer.get_tokens_unprocessed(text))
    if name != "a.c":  # its lexer renames some names afterwards
        assert ours == theirs
    assert "".join(value for _, _, value in ours) == text


@pytest.mark.parametrize("name", ["a.py", "a.c", "a.js", "a.html"])
def test_lex_from_every_mark_gives_the_rest(name: str) -> None:
    lexer, text = lexer_of(name), SAMPLES[name]
    assert can_resume(lexer)
    whole = list(lex(lexer, text))
    marks = [event for event in whole if isinstance(event, ResumePoint)]
    assert marks
    for mark in marks:
        rest = whole[whole.index(mark) + 1 :]
        assert list(lex(lexer, text, mark.position, mark.stack)) == rest


@given(st.text(alphabet="a1 \n\"'#()\\{}fé😀\u2028", max_size=60))
def test_lex_of_any_text_covers_it_once(text: str) -> None:
    pieces = [event for event in lex(lexer_of("a.py"), text) if isinstance(event, Lexeme)]
    assert "".join(text[piece.start : piece.end] for piece in pieces) == text


def test_lexer_for_an_unknown_name_is_none() -> None:
    assert lexer_for("notes.unheard-of") is None


def test_files_that_cannot_be_resumed_say_so() -> None:
    assert not can_resume(lexer_of("a.yaml"))
    assert not can_resume(lexer_of("a.json"))
    assert next(iter(lex(lexer_of("a.yaml"), "a: 1\n"))) is not None

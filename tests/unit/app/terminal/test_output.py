"""What reaches the two streams: verbatim for programs, harmless for terminals, JSON that any reader takes."""

import io
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.terminal.output import Output, one_line
from engine.errors import ErrorCode, LacunaError

ESCAPE = "\x1b]0;owned\x07 \x1b[2J \x9b31m \u202eevil \x00\r"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class _Full(io.TextIOWrapper):
    """A stream on a full disk."""

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


def test_text_to_a_pipe_is_verbatim() -> None:
    out = io.StringIO()
    Output(out, io.StringIO()).text(ESCAPE)
    assert out.getvalue() == ESCAPE


def test_text_to_a_terminal_cannot_steer_it() -> None:
    out = _Terminal()
    Output(out, io.StringIO()).text("a\tb\n" + ESCAPE)
    written = out.getvalue()
    assert written.startswith("a\tb\n")
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\x00", "\r"} & set(written)


@given(st.text() | st.binary().map(os.fsdecode))
def test_json_line_is_one_ascii_line_that_gives_the_text_back(text: str) -> None:
    out = io.StringIO()
    Output(out, io.StringIO()).record({"text": text})
    line = out.getvalue()
    assert line.isascii()
    assert line.count("\n") == 1
    assert json.loads(line) == {"text": text}


def test_undecodable_bytes_of_a_name_stand_as_escaped_surrogates() -> None:
    out = io.StringIO()
    Output(out, io.StringIO()).record({"path": os.fsdecode(b"caf\xe9")})
    assert out.getvalue() == '{"path": "caf\\udce9"}\n'


def test_error_is_one_line_without_control_characters() -> None:
    err = io.StringIO()
    Output(io.StringIO(), err).error("No file \x1b[31mred\nand more.")
    assert err.getvalue() == "lacuna: No file \ufffd[31mred and more.\n"


@pytest.mark.parametrize(
    ("stream", "verbose", "told"), [(io.StringIO, False, False), (io.StringIO, True, True), (_Terminal, False, True)]
)
def test_notes_are_for_those_who_watch(stream: type[io.StringIO], verbose: bool, told: bool) -> None:
    err = stream()
    Output(io.StringIO(), err, verbose=verbose).note("On the processor.")
    assert ("On the processor." in err.getvalue()) is told


def test_status_is_wiped_before_anything_else_is_written() -> None:
    err = _Terminal()
    output = Output(io.StringIO(), err)
    output.status("Loading 50 %")
    output.line("done")
    assert err.getvalue() == "\r\x1b[KLoading 50 %\r\x1b[K"


def test_status_is_silent_where_nobody_watches() -> None:
    err = io.StringIO()
    Output(io.StringIO(), err).status("Loading 50 %")
    assert err.getvalue() == ""


def test_full_disk_is_told_in_a_sentence(tmp_path: "os.PathLike[str]") -> None:
    with (
        open(os.path.join(tmp_path, "out"), "wb") as file,
        pytest.raises(LacunaError) as caught,
    ):
        Output(_Full(file), io.StringIO()).text("answer")
    assert caught.value.report.code is ErrorCode.FILE_NOT_SAVED
    assert "No space left" in caught.value.report.sentence


@given(st.text())
def test_one_line_has_no_line_end_of_any_kind(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1

"""Files with long lines come in with those cut; files that are nothing else stay out; pointers are named."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.project.descent import Descent
from engine.project.entries import FoundFile, LeftOut
from engine.project.gate import Admitted, judge
from engine.project.long_lines import MAX_LINE_CHARACTERS, cut_long_lines, is_minified

_PROSE = "The quick brown fox jumps over the lazy dog and runs away. "
_PACKED = "function(e){return t(e,n)};var r=n(3),o=i(e),a=s(n);"


def judged(root: Path, name: str, text: str, *, forced: bool = False) -> Admitted | LeftOut:
    (root / name).write_text(text, encoding="utf-8")
    size = (root / name).stat().st_size
    with Descent(str(root)) as descent:
        return judge(descent, FoundFile(name, size, 0, forced))


def test_a_long_line_is_cut_with_a_word_and_the_rest_stays(tmp_path: Path) -> None:
    outcome = judged(tmp_path, "README.md", f"# Title\n\n{_PROSE * 120}\nlast line\n")
    assert isinstance(outcome, Admitted)
    assert outcome.note == "1 long line cut"
    lines = outcome.text.split("\n")
    assert lines[0] == "# Title"
    assert lines[3:] == ["last line", ""]
    assert lines[2] == (_PROSE * 120)[:1000] + f"… ({len(_PROSE) * 120 - 1000:,} more characters)"


def test_a_query_in_one_line_of_code_comes_in(tmp_path: Path) -> None:
    query = "SELECT a.name, b.value FROM first a JOIN second b ON a.id = b.id WHERE a.x > 3 OR " * 90
    outcome = judged(
        tmp_path, "long_sql.py", f'import db\n\nQUERY = "{query}"\n\n\ndef run():\n    return db.run(QUERY)\n'
    )
    assert isinstance(outcome, Admitted)
    assert "return db.run(QUERY)" in outcome.text


def test_pictures_inside_a_page_are_cut_and_the_page_comes_in(tmp_path: Path) -> None:
    data = "iVBORw0KGgo" + "A1b2C3d4" * 1500
    outcome = judged(tmp_path, "page.html", f'<p>Hello</p>\n<img src="data:image/png;base64,{data}">\n<p>End</p>\n')
    assert isinstance(outcome, Admitted)
    assert outcome.text == '<p>Hello</p>\n<img src="data:image/png;base64,… (12,011 characters)">\n<p>End</p>\n'
    assert outcome.note == "data of pictures cut"


def test_text_in_a_script_without_blanks_is_no_packed_code(tmp_path: Path) -> None:
    assert isinstance(judged(tmp_path, "zh.md", "本书介绍如何编写编译器。" * 600 + "\n"), Admitted)


@pytest.mark.parametrize("before", ["", "/*! licence */\n", "// one\n// two\n"])
def test_packed_code_stays_out_and_can_be_let_in_whole(tmp_path: Path, before: str) -> None:
    text = before + _PACKED * 400 + "\n"
    outcome = judged(tmp_path, "app.js", text)
    assert isinstance(outcome, LeftOut)
    assert outcome.reason == f"minified: a line of {len(_PACKED) * 400:,} characters"
    assert outcome.can_force
    assert judged(tmp_path, "app.js", text, forced=True) == Admitted(text)


def test_one_packed_line_in_a_big_file_is_cut_only(tmp_path: Path) -> None:
    outcome = judged(tmp_path, "a.py", "x = 1\n" * 5_000 + f'DATA = "{"A1b2" * 2_000}"\n')
    assert isinstance(outcome, Admitted)
    assert outcome.note == "1 long line cut"


def test_a_secret_behind_the_cut_keeps_the_file_out_all_the_same(tmp_path: Path) -> None:
    token = "gh" + "p_" + "aZ4k" * 9
    outcome = judged(tmp_path, "notes.md", _PROSE * 100 + token + "\n")
    assert isinstance(outcome, LeftOut)
    assert outcome.may_be_secret


def test_a_git_lfs_pointer_is_named_as_such(tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "4d7a" * 16 + "\nsize 12345\n"
    outcome = judged(tmp_path, "model.bin", pointer)
    assert isinstance(outcome, LeftOut)
    assert outcome.reason.startswith("a Git LFS pointer")
    assert outcome.can_force


@given(
    st.lists(
        st.text(alphabet=st.sampled_from("ab \t\r\x0b\u2028é"), max_size=40) | st.sampled_from(["x" * 3000]), max_size=8
    )
)
def test_cutting_keeps_the_number_of_lines(parts: list[str]) -> None:
    text = "\n".join(parts)
    cut, count = cut_long_lines(text)
    assert cut.count("\n") == text.count("\n")
    assert len(cut.splitlines()) == len(text.splitlines())
    assert count == sum(len(line) > MAX_LINE_CHARACTERS for line in text.splitlines())
    assert cut == text or count
    is_minified(text)

"""What the person sees and what a model is shown is the same text, whatever a file's encoding, size or last byte."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.documents.file_text import read_file
from app.documents.newlines import split_newlines
from engine.errors import LacunaError
from engine.project.descent import Descent
from engine.project.entries import FoundFile
from engine.project.gate import Admitted, judge
from engine.text_files import CHOICES, readable
from tests.unit.engine.text_files.legacy_texts import COMMENTS

_COMMENTS = [comment for comments in COMMENTS.values() for comment in comments]
_CODE = "int f(int a) { return a + 1; }\n"
# Around the sizes at which a sample would end.
_LINES = st.sampled_from([0, 1, 40, 1055, 1058, 2114, 2500])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    codec=st.sampled_from([codec for codec, _ in CHOICES]),
    comments=st.lists(st.sampled_from(_COMMENTS), min_size=1, max_size=4),
    before=_LINES,
    repeats=st.sampled_from([1, 3, 900]),
    cut=st.integers(0, 3),
)
def test_editor_and_reader_see_the_same_text(
    tmp_path: Path, codec: str, comments: list[str], before: int, repeats: int, cut: int
) -> None:
    text = _CODE * before + "".join(f"// {comment}\n" for comment in comments) * repeats
    data = text.encode(codec, "replace")
    data = data[: len(data) - cut]
    path = tmp_path / "a.c"
    path.write_bytes(data)
    with Descent(str(tmp_path)) as descent:
        seen = judge(descent, FoundFile("a.c", len(data), 0, forced=True))
    try:
        shown = read_file(str(path))
    except LacunaError:
        assert not isinstance(seen, Admitted)
        return
    assert isinstance(seen, Admitted)
    assert split_newlines(seen.text)[0] == readable(shown.text)
    assert shown.encoding.encode(shown.with_line_ends(shown.text)) == data

"""The rows about counting: what they measure is checked to the token, whatever the figures are."""

from pathlib import Path

import pytest

from app.bench import token_rows
from tests.conftest import STARTER


@pytest.fixture
def _small_project(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_PROJECT_BYTES", 200_000), ("_READINGS", 1), ("_EDITS", 2)):
        monkeypatch.setattr(token_rows, name, value)


@pytest.mark.usefixtures("_small_project")
def test_rows_tell_of_counting_and_of_two_edits() -> None:
    rows = list(token_rows.token_rows(STARTER / "tokenizer.model", "starter"))
    assert [row.row for row in rows] == ["count", "recount", "recount"]
    assert all(row.met is not None and "exact" in row.note for row in rows)


@pytest.mark.usefixtures("_small_project")
def test_count_that_is_not_exact_is_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    count = token_rows.Vocabulary.encode

    def encode(vocabulary: token_rows.Vocabulary, text: str) -> list[int]:
        return [*count(vocabulary, text), 0]

    monkeypatch.setattr(token_rows.Vocabulary, "encode", encode)
    with pytest.raises(ValueError, match="tokens, not"):
        next(token_rows.token_rows(STARTER / "tokenizer.model", "starter"))


def test_project_is_of_distinct_files_of_the_size_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_rows, "_PROJECT_BYTES", 300_000)
    written = token_rows._write_project(tmp_path)
    files = [path.read_bytes() for path in tmp_path.rglob("*.py")]
    assert sum(map(len, files)) == written >= 300_000
    assert len(set(files)) == len(files)

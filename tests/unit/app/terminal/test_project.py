"""The bill of `lacuna project`: every row accounted for, and why."""

from pathlib import Path

import pytest

from app.terminal.project import Entry, add_options, bill, run, totals
from engine.messages.project import FileRow, Packed, ProjectPacked, Span
from engine.settings import ModelDefaults, Settings
from tests.model_folders import write_folder
from tests.scripted_terminal import TerminalRun

ROWS = {
    row.path: row
    for row in (
        FileRow("src/b.py", 10, 100, True),
        FileRow("src/a.py", 10, 50, True),
        FileRow("big.py", 10, 9000, True),
        FileRow("node_modules/", 0, None, False, "a folder of installed packages"),
        FileRow("logo.png", 10, None, False, "binary"),
        FileRow("caf\udce9", 10, 1, True),
    )
}
SPANS = (Span("src/a.py", 1, 5, 0, 60), Span("src/b.py", 3, 5, 60, 90))
PACK = ProjectPacked(
    "1", Packed(b"\0" * 4 * 90, SPANS, "hash", 1, 5), left_out=("big.py", "caf\udce9"), partial=("src/b.py",)
)


def test_bill_says_for_each_row_what_became_of_it() -> None:
    assert bill(ROWS, PACK) == [
        Entry("big.py", 9000, True, False, "does not fit this model's context"),
        Entry("caf\udce9", 1, True, False, "does not fit this model's context"),
        Entry("logo.png", 0, False, False, "binary"),
        Entry("node_modules/", 0, False, False, "a folder of installed packages"),
        Entry("src/a.py", 50, True, True, ""),
        Entry("src/b.py", 100, True, True, "only a part fits this model's context"),
    ]


def test_totals_count_files_and_not_the_folders_that_were_not_entered() -> None:
    sums = totals(bill(ROWS, PACK), PACK, 4096, ("A folder could not be read.",))
    assert (sums.files, sums.included, sums.packed) == (5, 4, 2)
    assert (sums.tokens, sums.prompt_tokens, sums.context_tokens) == (9151, 90, 4096)


def test_bill_for_a_model_without_chat_packs_nothing_and_says_so() -> None:
    entries = bill(ROWS, None)
    assert not any(entry.packed for entry in entries)
    assert {entry.reason for entry in entries if entry.included} == {"this model has no chat"}


@pytest.mark.parametrize("context", [0, 128])
def test_bill_is_for_the_context_that_a_question_would_have(
    terminal: TerminalRun, tmp_path: Path, starter_folder: Path, context: int
) -> None:
    folder = write_folder(tmp_path / "model", starter_folder, _name_or_path="Tiny-Instruct")  # 256 positions
    if context:
        terminal.settings = Settings(model_defaults=(ModelDefaults(str(folder), context_tokens=context),))
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.py").write_text("x = 1\n")
    assert terminal.run(add_options, run, str(project), as_json=True) == 0
    totals_line = terminal.records[-1]["totals"]
    assert isinstance(totals_line, dict)
    assert totals_line["context_tokens"] == (context or 256)
    assert totals_line["packed"] == 1

"""The bill of `lacuna project`: every row accounted for, and why."""

from app.terminal.project import Entry, bill, totals
from engine.messages.project import FileRow, Packed, ProjectPacked, Span

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

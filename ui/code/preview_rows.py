"""A fill as rows to show: the lines that it replaces, struck through, and the lines as they would be, growing."""

from dataclasses import dataclass
from enum import Enum

from ui.code.gap import Gap, lines_around
from ui.parts.utf16 import utf16_length

# Lines of the file that are shown on either side: enough to read around, few enough to be laid out at once.
MOST_LINES_AROUND = 2000


class RowKind(Enum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class PreviewRows:
    """What a preview shows of a document before any of the fill has come.

    `text` is all of it, with LF. The fill goes in at `fill_start`, and `removed` = [start, end) is what it replaces:
    both in UTF-16 units of `text`. A gap of no length replaces nothing, and its line is not shown twice.
    """

    text: str
    removed: tuple[int, int]
    fill_start: int
    lines_before: int
    lines_removed: int
    first_number: int

    def kind_of(self, row: int, lines_filled: int) -> RowKind:
        """What a row is while the fill has that many lines (at least 1)."""
        if self.lines_before <= row < self.lines_before + self.lines_removed:
            return RowKind.REMOVED
        return RowKind.ADDED if 0 <= row - self.lines_before - self.lines_removed < lines_filled else RowKind.SAME

    def label_of(self, row: int, lines_filled: int) -> str:
        """The file's own line number, `+` for a new line."""
        if row < self.lines_before + self.lines_removed:
            return str(self.first_number + row)
        offset = row - self.lines_before - self.lines_removed
        if not self.lines_removed and offset == 0:
            return str(self.first_number + row)
        if offset < lines_filled:
            return "+"
        shown_twice = lines_filled if self.lines_removed else lines_filled - 1
        return str(self.first_number + row - shown_twice)


def preview_rows(gap: Gap) -> PreviewRows:
    """Lay a gap out for its preview."""
    lines = lines_around(gap, MOST_LINES_AROUND)
    old = f"{lines.head}{lines.middle}{lines.tail}\n" if lines.middle else ""
    before = "".join(f"{line}\n" for line in lines.before)
    text = f"{before}{old}" + "\n".join((lines.head + lines.tail, *lines.after))
    head = utf16_length(before + lines.head)
    return PreviewRows(
        text=text,
        removed=(head, head + utf16_length(lines.middle)),
        fill_start=utf16_length(before + old + lines.head),
        lines_before=len(lines.before),
        lines_removed=old.count("\n"),
        first_number=gap.prefix.count("\n") - len(lines.before) + 1,
    )

"""The rows of a fill's preview: the replaced lines, struck through, then the new lines as they grow."""

from dataclasses import dataclass
from enum import Enum

from ui.code.gap import Gap, lines_around
from ui.parts.utf16 import utf16_length

# Lines of the file shown on either side: enough context to read, and few enough to be laid out at once.
MOST_LINES_AROUND = 2000


class RowKind(Enum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class PreviewRows:
    """What a preview shows before the first text of the fill.

    `text` is the whole content, with LF. The fill is inserted at `fill_start` and replaces `removed` = [start, end),
    both in UTF-16 units of `text`. An empty gap replaces nothing, so its line is shown only once.
    """

    text: str
    removed: tuple[int, int]
    fill_start: int
    lines_before: int
    lines_removed: int
    first_number: int

    def kind_of(self, row: int, lines_filled: int) -> RowKind:
        """The kind of a row while the fill has that many lines (at least 1)."""
        if self.lines_before <= row < self.lines_before + self.lines_removed:
            return RowKind.REMOVED
        return RowKind.ADDED if 0 <= row - self.lines_before - self.lines_removed < lines_filled else RowKind.SAME

    def label_of(self, row: int, lines_filled: int) -> str:
        """The line number in the file; `+` for a new line."""
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
    """The rows of a gap's preview."""
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

"""What a person can ask for in the code pane; without Qt.

`CodePane.wished` carries one of these. The controller of fills carries out a `FillWish`, the controller of open files a
`FileWish`. A new wish is a class here, a member of one union and one `case` where that union is matched.
"""

from dataclasses import dataclass

from ui.code.gap import Gap


@dataclass(frozen=True, slots=True)
class FillGap:
    """Have the model write this gap of a document."""

    document_id: str
    gap: Gap


@dataclass(frozen=True, slots=True)
class AcceptFill:
    """Put the previewed fill into the document."""

    document_id: str


@dataclass(frozen=True, slots=True)
class DiscardFill:
    """Drop the previewed fill; a running one is cancelled."""

    document_id: str


@dataclass(frozen=True, slots=True)
class CloseFile:
    """Close a document."""

    document_id: str


FillWish = FillGap | AcceptFill | DiscardFill
FileWish = CloseFile
Wish = FillWish | FileWish

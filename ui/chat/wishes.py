"""What a person can ask for in the chat pane; without Qt.

`ChatPane.wished` carries one of these. A `ChatWish` concerns the conversations alone, and the chat's controller carries
it out. A `CountDraft` is for the reader, and a `WindowWish` needs another part of the window. A new wish is a class
here, a member of one union and one `case` where that union is matched.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Send:
    """Ask this question, or have this text continued."""

    text: str


@dataclass(frozen=True, slots=True)
class StopAnswer:
    """Stop the answer of the conversation that is shown."""


@dataclass(frozen=True, slots=True)
class Regenerate:
    """Write another answer to the last question."""


@dataclass(frozen=True, slots=True)
class ShowVersion:
    """Show the answer before (`step` -1) or after (+1) this one; all of them answer the same question."""

    answer_id: int
    step: int


@dataclass(frozen=True, slots=True)
class NewChat:
    """Begin an empty conversation."""


@dataclass(frozen=True, slots=True)
class ShowChat:
    """Show another conversation."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class RenameChat:
    """Give a conversation another title."""

    chat_id: int
    title: str


@dataclass(frozen=True, slots=True)
class DeleteChat:
    """Delete a conversation."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class UndoDeletion:
    """Bring back the conversation that was deleted last."""


@dataclass(frozen=True, slots=True)
class SearchChats:
    """List the conversations that have these words; all of them where `text` is empty."""

    text: str


@dataclass(frozen=True, slots=True)
class KeepDraft:
    """Keep what is typed and not sent."""

    text: str


@dataclass(frozen=True, slots=True)
class CountDraft:
    """Show how many tokens this text takes; "" for none, at once."""

    text: str


@dataclass(frozen=True, slots=True)
class SaveAgain:
    """Try again to save what could not be saved."""


@dataclass(frozen=True, slots=True)
class InsertCode:
    """Put this code at the cursor of the open file."""

    text: str


@dataclass(frozen=True, slots=True)
class OpenLink:
    """Open this http or https address in the browser."""

    address: str


@dataclass(frozen=True, slots=True)
class ShowPrompt:
    """Show what the model was given for this answer."""

    answer_id: int


@dataclass(frozen=True, slots=True)
class RestartEngine:
    """Start the engine process again."""


@dataclass(frozen=True, slots=True)
class ChooseModel:
    """Open the Models dialog."""


ChatWish = (
    Send
    | StopAnswer
    | Regenerate
    | ShowVersion
    | NewChat
    | ShowChat
    | RenameChat
    | DeleteChat
    | UndoDeletion
    | SearchChats
    | KeepDraft
    | SaveAgain
)
WindowWish = InsertCode | OpenLink | ShowPrompt | RestartEngine | ChooseModel
Wish = ChatWish | CountDraft | WindowWish

"""The chat pane: header, transcript or list of chats, composer. It shows and forwards; app/chat decides."""

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from engine.answers import Answer, Entry
from engine.messages.jobs import Progress
from engine.messages.machine import ModelInfo
from ui.chat.availability import availability
from ui.chat.chat_list import ChatList
from ui.chat.chat_rows import ChatRow
from ui.chat.composer import Composer, Sending
from ui.chat.hint_page import HintPage
from ui.chat.strip import Strip
from ui.chat.transcript_view import TranscriptView, column_width_px
from ui.chat.wishes import (
    NewChat,
    SaveAgain,
    SearchChats,
    ShowChat,
    ShowPrompt,
    StopAnswer,
    UndoDeletion,
)
from ui.parts.labels import without_mnemonic
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

NO_TITLE = "Chats"  # a conversation gets its title from its first question


class _Page(IntEnum):
    HINT = 0
    TRANSCRIPT = 1
    CHATS = 2


class ChatPane(QWidget):
    """One conversation, and the way to the others.

    Sent text stays in the composer until `clear_composer`.

    Signals: wished(Wish), see ui/chat/wishes.py.
    """

    wished = Signal(object)

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._model: ModelInfo | None = None
        self._loading: Progress | None = None
        self._is_empty = True
        self._chat_id: int | None = None
        self._title = NO_TITLE
        self.title_button = QPushButton()
        self.new_button = QPushButton("New chat")
        self.hint = HintPage(icons, theme)
        self.transcript = TranscriptView(icons, theme)
        self.chats = ChatList(icons, theme)
        self.composer = Composer(icons, theme)
        self.warning = Strip("warning", "Try again", SaveAgain(), icons, theme)
        self.undo = Strip("trash", "Undo", UndoDeletion(), icons, theme)
        self._build()
        self._connect()
        self.set_theme(theme)
        self.show_chat(None, "", ())
        self._show_availability()

    # --- what is shown ------------------------------------------------------------------------------------------------

    def show_chat(self, chat_id: int | None, title: str, entries: Sequence[Entry], draft: str = "") -> None:
        """Show a conversation with its draft. `chat_id` is None until its first question is asked."""
        self._chat_id = chat_id
        self.set_title(title)
        self._is_empty = not entries
        self.transcript.show_entries(entries)
        self.composer.set_text(draft)
        self._show_page()

    def set_chat(self, chat_id: int, title: str) -> None:
        """The shown conversation was stored, with this id and title."""
        self._chat_id = chat_id
        self.set_title(title)

    def set_title(self, title: str) -> None:
        self._title = title or NO_TITLE
        self._show_title()

    def append_entries(self, *entries: Entry) -> None:
        """Add a new question and its answer at the end."""
        self._is_empty = False
        self._show_page()
        self.transcript.append(*entries)

    def replace_last_answer(self, answer: Answer) -> None:
        """Replace the answer to the last question."""
        self.transcript.replace_last(answer)

    def show_answer(self, answer: Answer) -> None:
        """Show an answer as it is now; one of another conversation is ignored."""
        self.transcript.show_answer(answer)

    def set_chats(self, rows: Sequence[ChatRow]) -> None:
        self.chats.show_rows(rows, self._chat_id)

    def set_sending(self, sending: Sending) -> None:
        """Say what the composer's button does in the shown conversation."""
        self.composer.set_sending(sending)

    def clear_composer(self) -> None:
        """Empty the composer: the question was stored."""
        self.composer.set_text("")

    def show_draft_tokens(self, tokens: int | None) -> None:
        """Show how many tokens the typed text takes; None hides the count."""
        self.composer.show_tokens(tokens)

    def set_model(self, model: ModelInfo | None) -> None:
        """Show what this model can do, and have the draft counted again: another model has another tokenizer."""
        self._model = model
        self._show_availability()
        self.composer.count_soon()

    def set_loading(self, progress: Progress | None) -> None:
        """Show how far a load is; None when no model is being loaded."""
        self._loading = progress
        self._show_availability()

    def set_save_warning(self, sentence: str) -> None:
        """Say why the conversation is not being saved; "" when it is again."""
        self.warning.show_text(sentence)

    def offer_undo(self, title: str) -> None:
        """Offer to undo the deletion of a chat with this title; "" withdraws the offer."""
        self.undo.show_text(f"Deleted “{title}”." if title else "")

    def set_sends_with_ctrl(self, sends_with_ctrl: bool) -> None:
        self.composer.set_sends_with_ctrl(sends_with_ctrl)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.title_button.setFont(theme.text_font(bold=True))
        self.title_button.setIcon(self._icons.icon("chevron-down", theme))
        self.new_button.setIcon(self._icons.icon("plus", theme))
        for part in (self.hint, self.transcript, self.chats, self.composer, self.warning, self.undo):
            part.set_theme(theme)
        self._show_title()
        self.composer.setMaximumWidth(column_width_px(theme))  # as wide as what is said above it

    # --- for menus and keys -------------------------------------------------------------------------------------------

    @property
    def draft(self) -> str:
        """The text that is typed and not sent."""
        return self.composer.text

    @property
    def chat_search(self) -> str:
        """The words that the list of conversations is searched for."""
        return self.chats.search.text().strip()

    def send(self) -> None:
        self.composer.send()

    def focus_composer(self) -> None:
        self.close_chats()
        self.composer.field.setFocus()

    def copy_answer(self) -> None:
        """Copy the last answer as the model wrote it."""
        answer = self.transcript.last_answer
        if answer is not None and answer.answer.text:
            answer.copy_text()

    def request_prompt(self) -> None:
        """Ask to see the prompt of the last answer."""
        answer = self.transcript.last_answer
        if answer is not None:
            self.wished.emit(ShowPrompt(answer.answer.id))

    def open_chats(self) -> None:
        """Show the list of conversations in the transcript's place."""
        self.pages.setCurrentIndex(_Page.CHATS)
        self.title_button.setChecked(True)
        self.chats.open()
        self.wished.emit(SearchChats(""))

    def close_chats(self) -> None:
        self.title_button.setChecked(False)
        self._show_page()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        for button in (self.title_button, self.new_button):
            button.setProperty("variant", "quiet")
        self.title_button.setCheckable(True)
        self.title_button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # puts the chevron after the title
        self.new_button.setAccessibleName("New chat")
        self.new_button.setToolTip("New chat (Ctrl+N)")
        header = QHBoxLayout()
        header.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, SPACE)
        header.addWidget(self.title_button)
        header.addStretch(1)
        header.addWidget(self.new_button)
        self.pages = QStackedWidget()
        for page in (self.hint, self.transcript, self.chats):
            self.pages.addWidget(page)
        strips = QVBoxLayout()
        strips.setContentsMargins(3 * SPACE, 0, 3 * SPACE, 0)
        strips.setSpacing(SPACE)
        strips.addWidget(self.warning)
        strips.addWidget(self.undo)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addWidget(self.pages, 1)
        layout.addLayout(strips)
        centred = QHBoxLayout()
        centred.addStretch(1)
        centred.addWidget(self.composer, 1000)  # all the width there is, up to its own limit
        centred.addStretch(1)
        layout.addLayout(centred)
        self.setFocusProxy(self.composer.field)

    def _connect(self) -> None:
        self.title_button.clicked.connect(self._on_title_clicked)
        self.new_button.clicked.connect(self._on_new_clicked)
        for part in (self.hint, self.transcript, self.chats, self.composer, self.warning, self.undo):
            part.wished.connect(self.wished)
        self.composer.field.recall_requested.connect(self._on_recall_requested)
        self.chats.chosen.connect(self._on_chat_chosen)
        self.chats.closed.connect(self._on_chats_closed)

    def _show_page(self) -> None:
        if not self.title_button.isChecked():
            self.pages.setCurrentIndex(_Page.HINT if self._is_empty else _Page.TRANSCRIPT)

    def _show_title(self) -> None:
        room = self.width() - self.new_button.sizeHint().width() - 16 * SPACE
        shown = self.title_button.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, max(80, room))
        self.title_button.setText(without_mnemonic(shown))
        self.title_button.setAccessibleName(f"Chats. Now: {self._title}")
        self.title_button.setToolTip("All chats")

    def _show_availability(self) -> None:
        state = availability(self._model, self._loading)
        self.hint.show_availability(state, self._loading)
        self.composer.set_refusal(state.refusal)
        self.composer.set_continues(state.continues)

    def _on_title_clicked(self, checked: bool) -> None:
        if checked:
            self.open_chats()
        else:
            self.focus_composer()

    def _on_new_clicked(self, _checked: bool) -> None:
        self.wished.emit(NewChat())

    def _on_chat_chosen(self, chat_id: int) -> None:
        self.close_chats()
        self.wished.emit(ShowChat(chat_id))
        self.composer.field.setFocus()

    def _on_chats_closed(self) -> None:
        self.focus_composer()

    def _on_recall_requested(self) -> None:
        self.composer.set_text(self.transcript.last_question)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.composer.sending is Sending.STOP:
            self.wished.emit(StopAnswer())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_title()

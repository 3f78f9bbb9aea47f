"""The composer: where a question is typed, counted, kept as a draft, sent and stopped."""

from enum import Enum

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ui.chat.question_field import PLACEHOLDERS, HugePaste, QuestionField, is_huge
from ui.chat.wishes import CountDraft, KeepDraft, Send, StopAnswer
from ui.parts.labels import ElidedLabel, PlainLabel
from ui.parts.look import set_look
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

_DRAFT_MS = 800
_COUNT_MS = 300  # while typing goes on, the text is counted about this often


class Sending(Enum):
    """What the composer's button does."""

    SEND = "send"
    STOP = "stop"
    STOPPING = "stopping"


class Composer(QWidget):
    """The field, a huge paste beside it, and the button that sends or stops.

    Signals: wished(Send | StopAnswer | KeepDraft | CountDraft).
    """

    wished = Signal(object)

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._theme = theme
        self._sending = Sending.SEND
        self._refusal = ""
        self._continues = False
        self._sends_with_ctrl = False
        self.field = QuestionField(self)
        self.field.submitted.connect(self._on_submitted)
        self.field.escaped.connect(self._on_escaped)
        self.field.huge_pasted.connect(self._on_huge_pasted)
        self.field.textChanged.connect(self._on_text_changed)
        self.paste = HugePaste(self)
        self.paste.removed.connect(self._on_text_changed)
        self.hint = ElidedLabel(tone="faint")
        self.tokens = PlainLabel(tone="faint")
        self.tokens.setToolTip("What you typed takes this much of the model's context.")
        self.button = QPushButton()
        self.button.clicked.connect(self._on_button_clicked)
        self._draft = QTimer(self, singleShot=True, interval=_DRAFT_MS)
        self._draft.timeout.connect(self._on_draft_timeout)
        self._counting = QTimer(self, singleShot=True, interval=_COUNT_MS)
        self._counting.timeout.connect(self._on_counting_timeout)
        self._build()
        self.set_theme(theme)

    @property
    def text(self) -> str:
        """What would be sent: the typed text, then the huge paste."""
        typed = self.field.toPlainText()
        return "\n\n".join(part for part in (typed, self.paste.text) if part.strip())

    @property
    def _is_blank(self) -> bool:
        return not self.field.toPlainText().strip() and not self.paste.text.strip()

    @property
    def sending(self) -> Sending:
        return self._sending

    def set_text(self, text: str) -> None:
        """Replace the text by a draft, with the cursor at its end."""
        self.paste.set_text("")
        if is_huge(text):
            self.field.clear()
            self.paste.set_text(text)
        elif text != self.field.toPlainText():
            self.field.setPlainText(text)
            self.field.moveCursor(QTextCursor.MoveOperation.End)
        self._draft.stop()
        self._show_button()
        self._forget_count()
        self.count_soon()

    def show_tokens(self, tokens: int | None) -> None:
        """Show how many tokens the text takes; None hides the count. An empty text has none."""
        words = "" if tokens is None else "1 token" if tokens == 1 else f"{tokens:,} tokens"
        self.tokens.setText("" if self._is_blank else words)

    def count_soon(self) -> None:
        """Have the text counted in a moment. Typing on does not put that off."""
        if not self._is_blank and not self._counting.isActive():
            self._counting.start()

    def set_refusal(self, reason: str) -> None:
        """Say why nothing can be sent now, "" when it can. The typed text stays."""
        self._refusal = reason
        self._show_button()

    def set_continues(self, continues: bool) -> None:
        """Say whether the model continues the text instead of answering it."""
        self._continues = continues
        self.field.setPlaceholderText(PLACEHOLDERS[continues])
        self.field.setAccessibleName("Text to continue" if continues else "Question")
        self._show_button()

    def set_sending(self, sending: Sending) -> None:
        self._sending = sending
        self._show_button()

    def set_sends_with_ctrl(self, sends_with_ctrl: bool) -> None:
        """Say whether Ctrl+Enter sends and Enter starts a new line, or the other way round."""
        self._sends_with_ctrl = sends_with_ctrl
        self.field.sends_with_ctrl = sends_with_ctrl
        self._show_button()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.field.setFont(theme.text_font())
        self.field.fit()
        self._show_button()

    def send(self) -> None:
        """Send the text, if that is possible now."""
        if self._sending is Sending.SEND and not self._refusal and not self._is_blank:
            self.wished.emit(Send(self.text))

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        row.addWidget(self.hint, 1)
        row.addWidget(self.tokens)
        row.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 3 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.paste)
        layout.addWidget(self.field)
        layout.addLayout(row)

    def _show_button(self) -> None:
        is_send = self._sending is Sending.SEND
        send = "Continue" if self._continues else "Send"
        self.button.setText({Sending.SEND: send, Sending.STOP: "Stop", Sending.STOPPING: "Stopping…"}[self._sending])
        purpose = "Have the text continued" if self._continues else "Send the question"
        self.button.setAccessibleName(purpose if is_send else "Stop the answer")
        variant = "primary" if is_send else ""
        set_look(self.button, "variant", variant)
        can_send = not self._is_blank and not self._refusal
        self.button.setEnabled(can_send if is_send else self._sending is Sending.STOP)
        colours = self._theme.colours
        colour = colours.text if not is_send else colours.on_accent if can_send else colours.faint
        self.button.setIcon(self._icons.icon("send" if is_send else "stop", self._theme, colour))
        sends = "continues" if self._continues else "sends"
        keys = f"Ctrl+Enter {sends}" if self._sends_with_ctrl else f"Enter {sends} · Shift+Enter for a new line"
        self.hint.setText(self._refusal or (keys if is_send else "Esc stops"))
        self.button.setToolTip(self._refusal or keys.split(" ·")[0] if is_send else "Stop (Esc)")

    def _on_text_changed(self) -> None:
        self._show_button()
        if not self._draft.isActive():  # runs from the first key on: typing on does not put it off
            self._draft.start()

        if self._is_blank:
            self._forget_count()
        else:
            self.count_soon()

    def _forget_count(self) -> None:
        """The text is gone, so no count of it may be shown, even if one is on its way."""
        self._counting.stop()
        self.wished.emit(CountDraft(""))

    def _on_counting_timeout(self) -> None:
        self.wished.emit(CountDraft(self.text))

    def _on_draft_timeout(self) -> None:
        self.wished.emit(KeepDraft(self.text))

    def _on_submitted(self) -> None:
        self.send()

    def _on_escaped(self) -> None:
        if self._sending is Sending.STOP:
            self.wished.emit(StopAnswer())

    def _on_huge_pasted(self, text: str) -> None:
        self.paste.set_text("\n\n".join(part for part in (self.paste.text, text) if part))
        self._on_text_changed()

    def _on_button_clicked(self, _checked: bool) -> None:
        if self._sending is Sending.STOP:
            self.wished.emit(StopAnswer())
        else:
            self.send()

"""An answer in the transcript: its author, text, progress while the prompt is read, card and receipt."""

from time import perf_counter

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from engine.answers import Answer, AnswerState
from ui.chat.answer_body import AnswerBody
from ui.chat.note_card import NoteCard
from ui.chat.wishes import Regenerate, ShowPrompt, ShowVersion
from ui.chat.wording import Card, card_of, progress_line, receipt_line, receipt_notes
from ui.parts.buttons import quiet_button
from ui.parts.labels import ElidedLabel, PlainLabel, plain_tooltip
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

# Streaming text is drawn at most once a frame and takes at most a fifth of the window's time.
_FRAME_MS, _REST_PER_WORK = 33, 4
_PROGRESS_STEPS = 1000
_COPIED_MS = 1500


class AnswerView(QWidget):
    """One answer.

    Signals: wished(Wish), from its text, its buttons and its card.
    """

    wished = Signal(object)

    def __init__(self, answer: Answer, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answer = answer
        self._icons = icons
        self._theme = theme
        self._drawn: Answer | None = None
        self._is_last = True
        self.body = AnswerBody(icons, theme, self)
        self.body.wished.connect(self.wished)
        self.card: NoteCard | None = None
        self._pause = QTimer(self, singleShot=True)
        self._pause.timeout.connect(self._on_pause_timeout)
        self._copied = QTimer(self, singleShot=True, interval=_COPIED_MS)
        self._copied.timeout.connect(self._on_copied_timeout)
        self._build()
        self.set_theme(theme)
        self._draw()

    def show_answer(self, answer: Answer) -> None:
        """Show the answer as it is now. While it streams, drawing is paced so that the window stays responsive."""
        was_running, self.answer = self.answer.state.is_running, answer
        if answer.state is not AnswerState.STREAMING:
            self._pause.stop()
            self._draw()
            if was_running and not answer.state.is_running:
                self._announce()
        elif not self._pause.isActive():
            self._draw()

    def set_is_last(self, is_last: bool) -> None:
        """Say whether this is the last answer: only the last one can be regenerated."""
        self._is_last = is_last
        self._show_regenerate()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.body.set_theme(theme)
        self.copy_button.setIcon(self._icons.icon("copy", theme))
        self.regenerate_button.setIcon(self._icons.icon("refresh", theme))
        self.prompt_button.setIcon(self._icons.icon("info", theme))
        if self.card is not None:
            self.card.set_theme(theme)

    def copy_text(self) -> None:
        """Put the answer on the clipboard as the model wrote it."""
        QGuiApplication.clipboard().setText(self.answer.text)
        self.copy_button.setText("Copied")
        self._copied.start()

    def _build(self) -> None:
        self.speaker = PlainLabel("Lacuna", tone="muted")
        self.model = ElidedLabel(tone="faint")
        heading = QHBoxLayout()
        heading.setSpacing(2 * SPACE)
        heading.addWidget(self.speaker)
        heading.addWidget(self.model, 1)
        self.stage = PlainLabel(tone="muted", wraps=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Reading the prompt")
        self.notes = PlainLabel(tone="faint", wraps=True)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(3 * SPACE, 0, 3 * SPACE, 0)
        self._layout.setSpacing(2 * SPACE)
        self._layout.addLayout(heading)
        for part in (self.body, self.stage, self.progress, self._footer()):
            self._layout.addWidget(part)

    def _footer(self) -> QWidget:
        self.receipt = ElidedLabel(tone="faint")
        self.copy_button = quiet_button("Copy", "Copy the whole answer")
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.regenerate_button = quiet_button("Regenerate", "Write another answer and keep this one (Ctrl+R)")
        self.regenerate_button.clicked.connect(self._on_regenerate_clicked)
        self.earlier_button = quiet_button("‹", "Show the answer before")
        self.earlier_button.clicked.connect(self._on_earlier_clicked)
        self.later_button = quiet_button("›", "Show the answer after")
        self.later_button.clicked.connect(self._on_later_clicked)
        self.version = PlainLabel(tone="faint")
        self._versions = _row(self.earlier_button, self.version, self.later_button)
        self.prompt_button = quiet_button("Prompt", "What the model saw: the exact prompt, its tokens and their counts")
        self.prompt_button.clicked.connect(self._on_prompt_clicked)
        self.notes_button = quiet_button("Details", "What was sent, left out or changed")
        self.notes_button.setCheckable(True)
        self.notes_button.toggled.connect(self.notes.setVisible)
        # The versions stand first: whatever comes and goes behind them, the arrows stay under the pointer.
        self._actions = _row(
            self._versions, self.copy_button, self.regenerate_button, self.prompt_button, self.notes_button
        )
        footer = QWidget()
        layout = QVBoxLayout(footer)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        for part in (self.receipt, self._actions, self.notes):
            layout.addWidget(part)
        return footer

    def _draw(self) -> None:
        answer, before = self.answer, self._drawn
        started = perf_counter()
        self._drawn = answer
        is_streaming = answer.state is AnswerState.STREAMING
        if before is None or before.text != answer.text or before.state is not answer.state:
            self.body.setVisible(bool(answer.text))
            is_plain = answer.receipt.is_continuation
            self.body.show_text(answer.text, is_growing=is_streaming, is_plain=is_plain)
        if before is None or not is_streaming or before.state is not answer.state:
            self._draw_rest(answer)
            self._show_regenerate()
        if is_streaming:
            self._pause.start(max(_FRAME_MS, round((perf_counter() - started) * 1000 * _REST_PER_WORK)))

    def _draw_rest(self, answer: Answer) -> None:
        self.model.setText(f"· {answer.model_name}" if answer.model_name else "")
        self._draw_stage(answer)
        self._draw_card(card_of(answer))
        line, notes = receipt_line(answer.receipt), receipt_notes(answer.receipt)
        self.receipt.setText(line)
        self.receipt.setVisible(bool(line))
        self.notes.setText("\n".join(notes))
        self.notes_button.setVisible(bool(notes))
        self.notes.setVisible(bool(notes) and self.notes_button.isChecked())
        self.notes.setToolTip(plain_tooltip("\n".join(answer.receipt.left_out[:50])))
        self._actions.setVisible(not answer.state.is_running)
        self.copy_button.setVisible(bool(answer.text))
        self.prompt_button.setVisible(answer.receipt.usage is not None or bool(answer.text))
        self._versions.setVisible(answer.versions > 1)
        self.version.setText(f"{answer.version} of {answer.versions}")
        self.earlier_button.setEnabled(answer.version > 1)
        self.later_button.setEnabled(answer.version < answer.versions)

    def _show_regenerate(self) -> None:
        """Show Regenerate, unless the card has a button for it already."""
        in_card = self.card is not None and Regenerate() in self.card.buttons
        self.regenerate_button.setVisible(self._is_last and not in_card)

    def _announce(self) -> None:
        """Tell a screen reader once that the answer has ended, not each word of it."""
        words = f"{self.card.card.word}." if self.card is not None else "The answer is complete."
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))

    def _draw_stage(self, answer: Answer) -> None:
        progress = answer.progress if answer.state is AnswerState.READING else None
        words = progress_line(progress) if progress is not None else "Reading the prompt"
        if answer.state is AnswerState.WAITING:
            words = answer.waits_for or "Waiting for the model"
        self.stage.setText(words)
        self.stage.setVisible(answer.state in (AnswerState.WAITING, AnswerState.READING))
        self.progress.setVisible(progress is not None and progress.total > 0)
        if progress is not None and progress.total > 0:
            self.progress.setRange(0, _PROGRESS_STEPS)
            self.progress.setValue(min(_PROGRESS_STEPS, _PROGRESS_STEPS * progress.done // progress.total))

    def _draw_card(self, card: Card | None) -> None:
        if self.card is not None and self.card.card == card:
            return
        if self.card is not None:
            self._layout.removeWidget(self.card)
            self.card.hide()
            self.card.deleteLater()
            self.card = None
        if card is not None:
            self.card = NoteCard(card, self._icons, self._theme, self)
            self.card.wished.connect(self.wished)
            self._layout.insertWidget(self._layout.count() - 1, self.card)  # above the footer

    def _on_pause_timeout(self) -> None:
        if self._drawn is not self.answer:
            self._draw()

    def _on_copy_clicked(self, _checked: bool) -> None:
        self.copy_text()

    def _on_copied_timeout(self) -> None:
        self.copy_button.setText("Copy")

    def _on_regenerate_clicked(self, _checked: bool) -> None:
        self.wished.emit(Regenerate())

    def _on_prompt_clicked(self, _checked: bool) -> None:
        self.wished.emit(ShowPrompt(self.answer.id))

    def _on_earlier_clicked(self, _checked: bool) -> None:
        self.wished.emit(ShowVersion(self.answer.id, -1))

    def _on_later_clicked(self, _checked: bool) -> None:
        self.wished.emit(ShowVersion(self.answer.id, 1))


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE)
    for widget in widgets:
        layout.addWidget(widget)
    layout.addStretch(1)
    return row

"""The scrolling transcript. It follows the end while that is in sight, else it says that there is new text below.

Only the latest entries are built at first and earlier ones in steps, so a long chat opens as fast as a short one.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from engine.answers import Answer, Entry, Question
from ui.chat.answer_view import AnswerView
from ui.chat.question_view import QuestionView
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

BUILT_AT_FIRST = 12
_AT_END_PX = 8
_COLUMN_LETTERS = 92


def column_width_px(theme: Theme) -> int:
    """The widest that a conversation is shown: about 760 pixels at the normal size of text."""
    return round(QFontMetricsF(theme.text_font()).averageCharWidth() * _COLUMN_LETTERS)


class TranscriptView(QScrollArea):
    """The entries of one conversation.

    Signals: wished(Wish), from its answers.
    """

    wished = Signal(object)

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._theme = theme
        self._unbuilt: list[Entry] = []
        self._views: list[QuestionView | AnswerView] = []
        self._follows = True
        self._below_px: int | None = None  # the distance to the end, kept while earlier entries are added
        self.setAccessibleName("Transcript")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)  # of the column, where the pane is wider
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # so that Page Up and the arrows scroll
        self.earlier_button = QPushButton("Show earlier messages")
        self.earlier_button.setProperty("variant", "quiet")
        self.earlier_button.clicked.connect(self._on_earlier_clicked)
        self._column = self._make_column()
        self.setWidget(self._column)
        self._column.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self.new_text_button = QPushButton("New text below", self)
        self.new_text_button.setAccessibleName("Go to the new text below")
        self.new_text_button.clicked.connect(self._on_new_text_clicked)
        self.new_text_button.hide()
        self.verticalScrollBar().rangeChanged.connect(self._on_range_changed)
        self.verticalScrollBar().valueChanged.connect(self._on_value_changed)
        self.set_theme(theme)

    @property
    def views(self) -> tuple[QuestionView | AnswerView, ...]:
        """The views that are built, from top to bottom."""
        return tuple(self._views)

    @property
    def last_answer(self) -> AnswerView | None:
        return next((view for view in reversed(self._views) if isinstance(view, AnswerView)), None)

    @property
    def last_question(self) -> str:
        """The last question's text; empty in an empty chat."""
        return next((view.question.text for view in reversed(self._views) if isinstance(view, QuestionView)), "")

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show another conversation, at its end."""
        self._remove(0)
        self._unbuilt = list(entries[:-BUILT_AT_FIRST])
        self.append(*entries[-BUILT_AT_FIRST:])

    def append(self, *entries: Entry) -> None:
        """Add entries at the end and scroll there, because the person asked for them."""
        for entry in entries:
            self._insert(len(self._views), entry)
        self._mark_last()
        self.earlier_button.setVisible(bool(self._unbuilt))
        self.go_to_end()

    def show_answer(self, answer: Answer) -> None:
        """Show an answer as it is now. Answers that are not in this chat or not built yet are ignored."""
        for view in reversed(self._views):
            if isinstance(view, AnswerView) and view.answer.id == answer.id:
                view.show_answer(answer)
                return

    def replace_last(self, answer: Answer) -> None:
        """Replace the last answer."""
        if self._views and isinstance(self._views[-1], AnswerView):
            self._remove(len(self._views) - 1)
        self.append(answer)

    def go_to_end(self) -> None:
        self._follows = True
        self.new_text_button.hide()
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._column.setMaximumWidth(column_width_px(theme))
        self.new_text_button.setIcon(self._icons.icon("arrow-down", theme, theme.colours.text))
        for view in self._views:
            view.set_theme(theme)

    def _make_column(self) -> QWidget:
        column = QWidget()
        self._layout = QVBoxLayout(column)
        self._layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 4 * SPACE)
        self._layout.setSpacing(5 * SPACE)
        self._layout.addWidget(self.earlier_button)
        self._layout.addStretch(1)
        return column

    def _insert(self, index: int, entry: Entry) -> None:
        view: QuestionView | AnswerView
        if isinstance(entry, Question):
            view = QuestionView(entry, self._theme)
        else:
            view = AnswerView(entry, self._icons, self._theme)
            view.wished.connect(self.wished)
        self._views.insert(index, view)
        self._layout.insertWidget(index + 1, view)  # index 0 is the button for earlier messages

    def _remove(self, first: int) -> None:
        for view in self._views[first:]:
            self._layout.removeWidget(view)
            view.hide()
            view.deleteLater()
        del self._views[first:]

    def _mark_last(self) -> None:
        for view in self._views:
            if isinstance(view, AnswerView):
                view.set_is_last(view is self._views[-1])

    def _on_earlier_clicked(self, _checked: bool) -> None:
        bar = self.verticalScrollBar()
        self._below_px = bar.maximum() - bar.value()
        earlier, self._unbuilt = self._unbuilt[-BUILT_AT_FIRST:], self._unbuilt[:-BUILT_AT_FIRST]
        for entry in reversed(earlier):
            self._insert(0, entry)
        self._mark_last()
        self.earlier_button.setVisible(bool(self._unbuilt))

    def _on_range_changed(self, _minimum: int, maximum: int) -> None:
        bar = self.verticalScrollBar()
        if self._below_px is not None:
            below_px, self._below_px = self._below_px, None
            bar.setValue(maximum - below_px)
        elif self._follows:
            bar.setValue(maximum)
        else:
            self.new_text_button.setVisible(maximum - bar.value() > _AT_END_PX)

    def _on_value_changed(self, value: int) -> None:
        self._follows = value >= self.verticalScrollBar().maximum() - _AT_END_PX
        if self._follows:
            self.new_text_button.hide()

    def _on_new_text_clicked(self, _checked: bool) -> None:
        self.go_to_end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size = self.new_text_button.sizeHint()
        self.new_text_button.setGeometry(
            (self.width() - size.width()) // 2, self.height() - size.height() - 3 * SPACE, size.width(), size.height()
        )

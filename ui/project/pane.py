"""The project pane: which files of a folder the model may see, what they cost, and what was sent. It only shows."""

from collections.abc import Iterable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.messages.project import FileRow
from engine.shown import one_line
from ui.parts.labels import ElidedLabel, PlainLabel, plain_tooltip
from ui.parts.look import set_look
from ui.project.bill import Sent, Totals, bill_of
from ui.project.tree_view import TreeView
from ui.project.wishes import CloseFolder, OpenFolder, ReadAgain, StopReading, Wish
from ui.theme.icons import Icons
from ui.theme.theme import SPACE, Theme

_PERMILLE = 1000
_PICTURE_PX, _ICON_PX = 32, 16
_EMPTY_WORDS = (
    "Its text files go along with your questions, as far as they fit. "
    "Ignored files, binaries and secrets stay out; nothing is run or changed."
)


class ProjectPane(QFrame):
    """A folder's files with ticks and tokens, under a title and above the bill.

    Attributes: tree, the view; title, notice, figures, consequence and bar, which the setters fill.
    Signals: wished(Wish), see ui/project/wishes.py.
    """

    wished = Signal(object)

    def __init__(self, icons: Icons, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self.setObjectName("project_pane")
        self.setAccessibleName("Project")
        self.setProperty("surface", "panel")
        self.tree = TreeView(theme, self)
        self.tree.wished.connect(self.wished)
        self._empty = _EmptyPage(self)
        self._empty.open_button.clicked.connect(partial(self._wish, OpenFolder()))
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._make_folder_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._stack)
        self._add_keys()
        self.set_theme(theme)
        self.show_empty()

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        self.tree.set_theme(theme)
        self._more.setIcon(self._icons.icon("more", theme))
        warning = self._icons.icon("warning", theme, theme.colours.warn)
        self._notice_icon.setPixmap(warning.pixmap(_ICON_PX))
        self._empty.set_picture(self._icons.icon("folder", theme, theme.colours.faint))

    def show_empty(self) -> None:
        """Show that no folder is open, and how to open one."""
        self.tree.files.clear()
        self.set_progress("", "", 0, 0)
        self.set_notice("")
        self.set_summary(Totals(), None)
        self._stack.setCurrentIndex(0)

    def show_folder(self, name: str, location: str) -> None:
        """Show a folder by name, with its location as the tooltip; the rows stay."""
        self.title.setText(one_line(name))
        self.title.setToolTip(plain_tooltip(one_line(location)))
        self._stack.setCurrentIndex(1)

    def put_rows(self, rows: Sequence[FileRow]) -> None:
        """Add or replace rows."""
        self.tree.files.tree.put(rows)

    def remove_rows(self, paths: Iterable[str]) -> None:
        """Take rows out."""
        self.tree.files.tree.remove(paths)

    def mark_sent(self, whole: Iterable[str], partial: Iterable[str]) -> None:
        """Mark which files went along with the last question."""
        self.tree.files.tree.mark(whole, partial)

    def set_summary(self, totals: Totals, sent: Sent | None) -> None:
        """Show the bill under the tree."""
        bill = bill_of(totals, sent)
        self.figures.setText(bill.figures)
        self.consequence.setText(bill.consequence)
        self.consequence.setVisible(bool(bill.consequence))
        self.bar.setVisible(totals.context_tokens > 0)
        self.bar.setValue(round(bill.share * _PERMILLE))
        self.bar.setAccessibleDescription(f"{bill.figures}. {bill.consequence}")
        set_look(self.bar, "level", "warn" if bill.is_near_full else "")

    def set_progress(self, stage: str, detail: str, done: int, total: int) -> None:
        """Show how far the reading is; an empty stage ends it, a `total` of 0 means unknown."""
        self.progress_area.setVisible(bool(stage))
        self._bill_area.setVisible(not stage)
        self._stage.setText(f"{stage} {done:,} of {total:,}" if total else stage)
        self._detail.setText(one_line(detail))
        self._progress.setRange(0, total)
        self._progress.setValue(done)

    def set_notice(self, text: str, details: str = "", button: str = "") -> None:
        """Show a sentence with details as tooltip, and a button to read the folder again; "" hides each."""
        self.notice_area.setVisible(bool(text))
        self.notice.setText(one_line(text))
        self.notice.setToolTip(plain_tooltip("\n".join(map(one_line, details.splitlines()))))
        self.notice_button.setVisible(bool(button))
        self.notice_button.setText(button)

    def _make_folder_page(self) -> QWidget:
        page = QWidget(self)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._make_header())
        layout.addWidget(self._make_notice_area())
        layout.addWidget(self.tree, 1)
        layout.addWidget(self._make_progress_area())
        layout.addWidget(self._make_bill_area())
        return page

    def _make_header(self) -> QHBoxLayout:
        self.title = ElidedLabel(tone="heading", parent=self)
        self.title.setAccessibleName("Folder")
        self._more = more = QToolButton(self)
        more.setAccessibleName("What can be done with the folder")
        more.setToolTip("Read again, open another, close")
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(more)
        menu.addAction("Read the folder again", partial(self._wish, ReadAgain()))
        menu.addAction("Open another folder…", partial(self._wish, OpenFolder()))
        menu.addSeparator()
        menu.addAction("Close the folder", partial(self._wish, CloseFolder()))
        more.setMenu(menu)
        header = QHBoxLayout()
        header.setContentsMargins(3 * SPACE, 2 * SPACE, 2 * SPACE, SPACE)
        header.addWidget(self.title, 1)
        header.addWidget(more)
        return header

    def _make_notice_area(self) -> QWidget:
        self.notice_area = QWidget(self)
        self._notice_icon = QLabel(self.notice_area)
        self.notice = PlainLabel(wraps=True, parent=self.notice_area)
        self.notice_button = QPushButton(self.notice_area)
        self.notice_button.clicked.connect(partial(self._wish, ReadAgain()))
        grid = QGridLayout(self.notice_area)
        grid.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, 2 * SPACE)
        grid.setSpacing(2 * SPACE)
        grid.addWidget(self._notice_icon, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.notice, 0, 1)
        grid.addWidget(self.notice_button, 1, 1, Qt.AlignmentFlag.AlignLeft)
        grid.setColumnStretch(1, 1)
        return self.notice_area

    def _make_progress_area(self) -> QWidget:
        self.progress_area = QWidget(self)
        self._stage = ElidedLabel(parent=self.progress_area)
        self._detail = ElidedLabel(tone="muted", parent=self.progress_area)
        self._progress = QProgressBar(self.progress_area)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Reading the folder")
        cancel = QPushButton("Stop", self.progress_area)
        cancel.setProperty("dense", True)
        cancel.setAccessibleName("Stop reading the folder")
        cancel.clicked.connect(partial(self._wish, StopReading()))
        first = QHBoxLayout()
        first.addWidget(self._stage, 1)
        first.addWidget(cancel)
        _stack_up(self.progress_area, first, self._progress, self._detail)
        return self.progress_area

    def _make_bill_area(self) -> QWidget:
        self._bill_area = QWidget(self)
        self.figures = PlainLabel(wraps=True, parent=self._bill_area)
        self.consequence = PlainLabel(tone="muted", wraps=True, parent=self._bill_area)
        self.bar = QProgressBar(self._bill_area)
        self.bar.setTextVisible(False)
        self.bar.setRange(0, _PERMILLE)
        self.bar.setAccessibleName("The project's share of the context")
        _stack_up(self._bill_area, self.figures, self.bar, self.consequence)
        return self._bill_area

    def _add_keys(self) -> None:
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self._on_escape)

    def _on_escape(self) -> None:
        if not self.progress_area.isHidden():
            self._wish(StopReading())

    def _wish(self, wish: Wish, _checked: bool = False) -> None:
        self.wished.emit(wish)


class _EmptyPage(QWidget):
    """The pane's page while no folder is open.

    Attributes: open_button.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        title = PlainLabel("Drop a folder here", tone="heading", parent=self)
        words = QLabel(_EMPTY_WORDS, self)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        words.setProperty("tone", "muted")
        for label in (title, words):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.open_button = QPushButton("Open folder…", self)
        self.open_button.setProperty("variant", "primary")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * SPACE, 5 * SPACE, 5 * SPACE, 5 * SPACE)
        layout.setSpacing(3 * SPACE)
        layout.addStretch(2)
        layout.addWidget(self._picture)
        layout.addWidget(title)
        layout.addWidget(words)
        layout.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def set_picture(self, icon: QIcon) -> None:
        """Show this icon above the words."""
        self._picture.setPixmap(icon.pixmap(_PICTURE_PX))


def _stack_up(area: QWidget, *parts: QWidget | QHBoxLayout) -> None:
    """Lay out parts under each other with the margins of the pane's foot."""
    layout = QVBoxLayout(area)
    layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 3 * SPACE)
    layout.setSpacing(2 * SPACE)
    for part in parts:
        if isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)

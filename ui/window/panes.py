"""The three panes side by side. Widths can be dragged, each pane can be hidden; a narrow window folds the project."""

from collections.abc import Mapping
from enum import StrEnum

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

FOLD_BELOW_PX = 1000


class Pane(StrEnum):
    """The panes, from left to right."""

    PROJECT = "project"
    CODE = "code"
    CHAT = "chat"


# Least widths, in letters of the interface's font, and the first shares of the width, in percent.
_LEAST_LETTERS = {Pane.PROJECT: 24, Pane.CODE: 38, Pane.CHAT: 38}
_FIRST_SHARES = {Pane.PROJECT: 20, Pane.CODE: 46, Pane.CHAT: 34}


class PaneVisibility:
    """Which panes are visible: those that the person wants, without the project pane while the window is narrow.

    In a narrow window the person can still show the project pane, until the width crosses the limit again. At least one
    pane stays visible.
    """

    def __init__(self, hidden: frozenset[Pane] = frozenset()) -> None:
        self.hidden = hidden if len(hidden) < len(Pane) else frozenset()
        self._is_narrow = False
        self._is_folded = False

    @property
    def visible(self) -> frozenset[Pane]:
        shown = frozenset(Pane) - self.hidden
        return shown - {Pane.PROJECT} if self._is_folded and shown != {Pane.PROJECT} else shown

    def set_wanted(self, pane: Pane, wanted: bool) -> None:
        """Show or hide a pane as the person wants. The last visible pane cannot be hidden."""
        if wanted:
            self.hidden -= {pane}
            self._is_folded &= pane is not Pane.PROJECT
        elif self.visible != {pane}:
            self.hidden |= {pane}

    def set_narrow(self, is_narrow: bool) -> None:
        """Say whether the window is too narrow for three panes."""
        if is_narrow != self._is_narrow:
            self._is_narrow = self._is_folded = is_narrow


class PaneSplitter(QSplitter):
    """The splitter that holds the panes, which are plain widgets to it.

    Signals: visibility_changed, after a pane was shown or hidden.
    """

    visibility_changed = Signal()

    def __init__(self, widgets: Mapping[Pane, QWidget], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._visibility = PaneVisibility()
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self.frames = {pane: _frame(pane, widgets[pane]) for pane in Pane}
        letter = self.fontMetrics().averageCharWidth()
        for pane, frame in self.frames.items():
            frame.setMinimumWidth(letter * _LEAST_LETTERS[pane])
            self.addWidget(frame)
        self.setStretchFactor(list(Pane).index(Pane.CODE), 1)
        self.setSizes([share * 12 for share in _FIRST_SHARES.values()])

    @property
    def visible(self) -> frozenset[Pane]:
        return self._visibility.visible

    @property
    def hidden(self) -> frozenset[Pane]:
        """The panes that the person hid. A folded pane is not among them."""
        return self._visibility.hidden

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths in pixels from left to right; a hidden pane has the width it had when it was visible."""
        return tuple(frame.width() for frame in self.frames.values())

    def set_widths(self, widths: tuple[int, ...]) -> None:
        """Divide the width in these proportions. A wrong number of them is ignored."""
        if len(widths) == len(Pane):
            self.setSizes(list(widths))

    def set_hidden(self, hidden: frozenset[Pane]) -> None:
        for pane in Pane:
            self._visibility.set_wanted(pane, True)
        for pane in hidden:
            self._visibility.set_wanted(pane, False)
        self._show_visible()

    def set_visible(self, pane: Pane, visible: bool) -> None:
        self._visibility.set_wanted(pane, visible)
        self._show_visible()

    def focus_next(self, focused: QWidget | None) -> None:
        """Move the focus to the next visible pane."""
        shown = [pane for pane in Pane if pane in self.visible]
        holder = next((pane for pane in shown if focused and self.frames[pane].isAncestorOf(focused)), shown[-1])
        self.focus(shown[(shown.index(holder) + 1) % len(shown)])

    def focus(self, pane: Pane) -> None:
        """Focus the widget of a pane that had the focus last, else its first widget that takes the focus."""
        frame = self.frames[pane]
        target = frame.focusWidget() or next(
            (child for child in frame.findChildren(QWidget) if _takes_focus(child)), None
        )
        if target is not None:
            target.setFocus(Qt.FocusReason.TabFocusReason)

    def place_of(self, pane: Pane) -> QRect:
        """The place of a pane in the splitter, or the place where it would appear if it is hidden."""
        frame = self.frames[pane]
        if pane in self.visible:
            return frame.geometry()
        width = max(frame.minimumWidth(), self.width() * _FIRST_SHARES[pane] // 100)
        left = self.width() - width if pane is Pane.CHAT else 0
        return QRect(left, 0, width, self.height())

    def _show_visible(self) -> None:
        before = {pane for pane, frame in self.frames.items() if not frame.isHidden()}
        for pane, frame in self.frames.items():
            frame.setVisible(pane in self.visible)
        if before != self.visible:
            self.visibility_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._visibility.set_narrow(self.width() < FOLD_BELOW_PX)
        self._show_visible()


def _frame(pane: Pane, widget: QWidget) -> QFrame:
    frame = QFrame()
    frame.setObjectName(f"{pane.value}-pane")
    frame.setProperty("surface", "panel")
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(widget)
    return frame


def _takes_focus(widget: QWidget) -> bool:
    return widget.isVisible() and widget.isEnabled() and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)

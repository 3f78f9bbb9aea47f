"""The window: three panes, menus, status bar and notices. It shows what it is given and says what the person wants."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QByteArray, QEvent, QRect, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from engine.messages.machine import ModelInfo
from engine.messages.prompts import PromptFormat
from engine.settings import ThemeChoice
from ui.parts.notice import Level, Notice, Notices
from ui.theme.icons import Icons
from ui.theme.theme import Theme
from ui.window.action_table import ACTIONS, Need
from ui.window.actions import Actions, Callbacks
from ui.window.drop import Drop
from ui.window.drop_overlay import DragWatch, DropOverlay, Targets
from ui.window.edit_commands import EditCommands
from ui.window.first_run import FirstRun
from ui.window.menus import Menus
from ui.window.palette import CommandPalette
from ui.window.panes import Pane, PaneSplitter
from ui.window.small_dialogs import SmallDialogs
from ui.window.status_bar import StatusBar
from ui.window.switcher import Switcher
from ui.window.welcome import Welcome
from ui.window.window_state import WindowState, state_of
from ui.window.wishes import OpenPaths, StopWork

_FIRST_SIZE_PX = (1280, 800)
_LEAST_SIZE_PX = (640, 420)


class MainWindow(QMainWindow):
    """The shell around three panes. To it they are plain widgets; whoever made them sets their theme.

    It carries out the actions in `_callbacks` by itself (panes, palette, small dialogs, quitting), and the edits of the
    focused text. What the others do is bound to `commands` by whoever carries them out.

    Attributes: commands, every action, with `commands.set_met` for what can run now; menus, panes, welcome, first_run,
    notices, status, switcher, command_palette, drop_overlay: its parts, which callers reach directly.
    Signals: wished(Wish), see ui/window/wishes.py; closing, once nothing vetoes it.
    """

    wished = Signal(object)
    closing = Signal()

    def __init__(
        self,
        project_pane: QWidget,
        code_pane: QWidget,
        chat_pane: QWidget,
        icons: Icons,
        theme: Theme,
        *,
        version: str,
        saved_state: bytes = b"",
    ) -> None:
        super().__init__()
        self.setWindowTitle("Lacuna")
        self._may_close: Callable[[], bool] | None = None
        self.commands = Actions(ACTIONS, icons, self)
        self.menus = Menus(self.menuBar(), self.commands)
        self.welcome = Welcome(self.commands, icons)
        self.first_run = FirstRun(icons, theme)
        self._is_first_run = False
        self.code_area = QStackedWidget()
        self._code_pane = code_pane
        for page in (self.welcome, code_pane, self.first_run):
            self.code_area.addWidget(page)
        self.panes = PaneSplitter({Pane.PROJECT: project_pane, Pane.CODE: self.code_area, Pane.CHAT: chat_pane})
        self.notices = Notices(icons, theme)
        self.switcher = Switcher(self.commands, self)
        self.status = StatusBar(icons, self.switcher)
        self.command_palette = CommandPalette(self.commands, theme, self)
        self.drop_overlay = DropOverlay(self._drop_targets, theme, self)
        self._drag_watch = DragWatch(self.drop_overlay)
        self._edits = EditCommands(self.commands, self)
        self._dialogs = SmallDialogs(self.commands, version, self)
        self.commands.bind(self._callbacks())
        self.commands.bind(self._edits.callbacks)
        self._lay_out()
        self._connect()
        self._restore(state_of(saved_state))
        self.set_theme(theme)

    # --- what it is given ---------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Repaint the shell's own parts. The style sheet is the application's (ui/theme/style.py)."""
        self.commands.set_theme(theme)
        self.welcome.set_theme(theme)
        self.first_run.set_theme(theme)
        self.notices.set_theme(theme)
        self.status.set_theme(theme)
        self.command_palette.set_theme(theme)
        self.drop_overlay.set_theme(theme)

    def set_theme_choice(self, choice: ThemeChoice) -> None:
        """Check the chosen theme in the View menu."""
        self.commands.set_checked(f"view.theme_{choice.value}", True)

    def set_model(self, model: ModelInfo | None) -> None:
        """Show the loaded model and enable what it can do."""
        self.status.set_model(model)
        self.welcome.set_model(model)
        self.commands.set_met(Need.MODEL, model is not None)
        only_continues = model is not None and not model.can_infill
        self.commands.set_text("fill.fill", "&Continue at the cursor" if only_continues else "&Fill the gap")
        has_no_chat = model is not None and model.prompt_format is PromptFormat.COMPLETION
        self.commands.set_text("chat.send", "Continue the te&xt" if has_no_chat else "&Send")
        self.commands.set_met(Need.OTHER_MODEL, model is None or not model.is_starter)

    def set_subject(self, text: str, *, modified: bool = False) -> None:
        """Show the open file in the window's title, with the desktop's mark while it is unsaved."""
        words = text.replace("[*]", "[*][*]")  # Qt would put its mark at a single [*]
        self.setWindowTitle(f"{words}[*] — Lacuna" if words else "Lacuna[*]")
        self.setWindowModified(modified)

    def set_recent(self, paths: tuple[str, ...]) -> None:
        """List recent files and folders, the latest first, in File > Open recent and on the start page."""
        self.menus.set_recent(paths)
        self.welcome.set_recent(paths)

    def set_welcome_visible(self, visible: bool) -> None:
        """Show the start page in place of the code pane, or the code pane."""
        start = self.first_run if self._is_first_run else self.welcome
        self.code_area.setCurrentWidget(start if visible else self._code_pane)

    def set_first_run(self, is_first_run: bool) -> None:
        """Use the page of the first start as the start page, or the usual page."""
        self._is_first_run = is_first_run
        self.set_welcome_visible(self.code_area.currentWidget() is not self._code_pane)

    def set_close_guard(self, may_close: Callable[[], bool] | None) -> None:
        """Call `may_close` before the window closes; False keeps the window open. None: it may close."""
        self._may_close = may_close

    def reveal(self, pane: Pane) -> None:
        """Show a pane if it is hidden, and focus it."""
        self.panes.set_visible(pane, True)
        self.panes.focus(pane)

    def save_state(self) -> bytes:
        """Geometry, widths and hidden panes, for `saved_state` at the next start."""
        geometry = bytes(self.saveGeometry().data())
        return WindowState(geometry, self.panes.widths, self.panes.hidden).to_bytes()

    # --- how it is put together ---------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addWidget(self.panes, 1)
        self.setCentralWidget(middle)
        self.setStatusBar(self.status)
        self.setAcceptDrops(True)
        self.setMinimumSize(*_LEAST_SIZE_PX)
        self.addActions([self.commands[spec.id] for spec in self.commands])

    def _connect(self) -> None:
        for part in (self.menus, self.welcome, self.first_run, self.switcher):
            part.wished.connect(self.wished)
        self.status.stop.clicked.connect(self._on_stop_clicked)
        self.first_run.models_button.clicked.connect(self.commands["model.models"].trigger)
        self.drop_overlay.dropped.connect(self._on_dropped)
        self.panes.visibility_changed.connect(self._on_panes_changed)
        self._on_panes_changed()

    def _callbacks(self) -> Callbacks:
        table: dict[str, Callable[[], object]] = {
            "file.quit": self.close,
            "view.palette": self.command_palette.open,
            "view.next_pane": self._focus_next_pane,
            "view.full_screen": self._show_screen_as_ticked,
            "model.switch": self._open_switcher,
            "help.shortcuts": self._dialogs.show_shortcuts,
            "help.about": self._dialogs.show_about,
        }
        table |= {f"view.{pane.value}": partial(self._show_pane_as_ticked, pane) for pane in Pane}
        return table

    def _restore(self, saved: WindowState | None) -> None:
        room = self.screen().availableSize()
        self.resize(min(_FIRST_SIZE_PX[0], room.width()), min(_FIRST_SIZE_PX[1], room.height()))
        if saved is not None:
            self.restoreGeometry(QByteArray(saved.geometry))
            self.panes.set_widths(saved.widths)
            self.panes.set_hidden(saved.hidden)

    def _drop_targets(self) -> Targets:
        return Targets(self._place_of(Pane.PROJECT), self._place_of(Pane.CODE))

    def _place_of(self, pane: Pane) -> QRect:
        place = self.panes.place_of(pane)
        return QRect(self.panes.mapTo(self, place.topLeft()), place.size())

    def _focus_next_pane(self) -> None:
        self.panes.focus_next(self.focusWidget())

    def _show_pane_as_ticked(self, pane: Pane) -> None:
        self.panes.set_visible(pane, self.commands[f"view.{pane.value}"].isChecked())
        self._on_panes_changed()

    def _open_switcher(self) -> None:
        self.switcher.popup_above(self.status.model)

    def _show_screen_as_ticked(self) -> None:
        if self.commands["view.full_screen"].isChecked():
            self.showFullScreen()
        else:
            self.showNormal()

    def _on_panes_changed(self) -> None:
        for pane in Pane:
            self.commands.set_checked(f"view.{pane.value}", pane in self.panes.visible)

    def _on_stop_clicked(self, _checked: bool) -> None:
        self.wished.emit(StopWork())

    def _on_dropped(self, drop: Drop) -> None:
        if drop.refusals:
            self.notices.show_notice(
                Notice("drop", Level.WARN, " ".join(drop.refusals), "Drop files or a folder from a file manager.")
            )
        if drop.paths:
            self.wished.emit(OpenPaths(drop.paths))

    # --- Qt -----------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.windowHandle().installEventFilter(self._drag_watch)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.commands.set_checked("view.full_screen", self.isFullScreen())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.command_palette.isVisible():
            self.command_palette.place()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close is not None and not self._may_close():
            event.ignore()
            return
        event.accept()
        self.closing.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.drop_overlay.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.drop_overlay.dragMoveEvent(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop_overlay.dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self.drop_overlay.dropEvent(event)

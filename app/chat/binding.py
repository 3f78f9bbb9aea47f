"""Connects the chat to the rest of the window, and provides its actions."""

from functools import partial
from typing import Protocol, assert_never

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from app.chat.controller import ChatController
from app.chat.sent_prompts import SentPrompts
from app.models.loading import ModelController
from app.settings.controller import SettingsController
from engine.settings import Settings
from ui.chat.pane import ChatPane
from ui.chat.wishes import ChooseModel, InsertCode, OpenLink, RestartEngine, ShowPrompt, WindowWish, Wish
from ui.window.action_table import Need
from ui.window.actions import Callbacks
from ui.window.main_window import MainWindow
from ui.window.panes import Pane


class Documents(Protocol):
    """The open files, as far as the chat needs them; `app.code.opening.Opening` is one."""

    def insert_code(self, text: str) -> None:
        """Insert a text into the file in front."""
        ...


def bind(
    chat: ChatController,
    pane: ChatPane,
    prompts: SentPrompts,
    model: ModelController,
    settings: SettingsController,
    window: MainWindow,
    documents: Documents,
) -> Callbacks:
    """Connect the chat; the connections end with it. Returns its actions' callbacks by id."""
    beside = _Beside(chat, pane, prompts, window, documents)
    pane.wished.connect(beside.carry_out)
    chat.problem.connect(window.notices.show_error)
    chat.answer_shown_changed.connect(partial(window.commands.set_met, Need.ANSWER))
    model.model_changed.connect(chat.set_model)
    model.loading.connect(chat.set_loading)
    settings.changed.connect(beside.show_keys)
    beside.show_keys(settings.settings)
    return {
        "chat.new": beside.begin,
        "chat.focus": beside.focus,
        "chat.list": beside.list_chats,
        "chat.send": pane.send,
        "chat.regenerate": chat.regenerate,
        "chat.prompt": pane.request_prompt,
        "chat.copy_answer": pane.copy_answer,
    }


class _Beside(QObject):
    """Handles the chat's signals and wishes that concern other rooms."""

    def __init__(
        self,
        chat: ChatController,
        pane: ChatPane,
        prompts: SentPrompts,
        window: MainWindow,
        documents: Documents,
    ) -> None:
        super().__init__(chat)
        self._chat, self._pane, self._prompts, self._window = chat, pane, prompts, window
        self._documents = documents

    def carry_out(self, wish: Wish) -> None:
        if not isinstance(wish, WindowWish):
            return  # app/chat/controller.py handles these
        match wish:
            case InsertCode(text):
                self._documents.insert_code(text)
            case OpenLink(address):
                QDesktopServices.openUrl(QUrl(address))
            case ShowPrompt(answer_id):
                self._prompts.show_answer(answer_id)
            case RestartEngine():
                self._window.commands.trigger("engine.restart")
            case ChooseModel():
                self._window.commands.trigger("model.models")
            case _:
                assert_never(wish)

    def show_keys(self, settings: Settings) -> None:
        self._pane.set_sends_with_ctrl(settings.send_with_ctrl_enter)
        self._window.commands.set_pane_key("chat.send", "Ctrl+Enter" if settings.send_with_ctrl_enter else "Enter")

    def begin(self) -> None:
        self._chat.new_chat()
        self.focus()

    def focus(self) -> None:
        self._window.reveal(Pane.CHAT)
        self._pane.focus_composer()

    def list_chats(self) -> None:
        self._window.reveal(Pane.CHAT)
        self._pane.open_chats()

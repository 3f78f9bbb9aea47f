"""A store on the disk and controllers over it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.chat.controller import ChatController
from app.chat.store.chat_store import ChatStore
from app.chat.store.opening import open_chat_store
from app.children.running_work import RunningWork
from engine.messages.machine import ModelInfo
from tests.conftest import ROOT
from tests.scripted_jobs import ScriptedJobs
from tests.unit.app.chat.desk import MODEL, SETTINGS, ChatDesk, ScriptedProject
from ui.chat.pane import ChatPane
from ui.theme.icons import Icons
from ui.theme.theme import find_theme


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChatStore]:
    store = open_chat_store(tmp_path / "chats.sqlite3").store
    yield store
    store.close()


@pytest.fixture
def make_desk(qtbot: QtBot, store: ChatStore) -> Iterator[Callable[..., ChatDesk]]:
    made: list[ChatController] = []

    def make(project: ScriptedProject | None = None, model: ModelInfo | None = MODEL) -> ChatDesk:
        jobs = ScriptedJobs()
        pane = ChatPane(Icons(ROOT / "resources" / "icons"), find_theme(dark=True))
        qtbot.addWidget(pane)
        running = RunningWork(pane)
        chats = ChatController(jobs, running, store, pane, lambda: SETTINGS, project, parent=pane)
        made.append(chats)
        chats.set_model(model)
        return ChatDesk(jobs, store, pane, running, chats)

    yield make
    for chats in made:
        chats.close()


@pytest.fixture
def desk(make_desk: Callable[..., ChatDesk]) -> ChatDesk:
    return make_desk()

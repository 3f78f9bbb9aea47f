"""Model folders are looked at beside the window: none of them can keep it from going on."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.models.folder_looker import FolderLooker, Look
from app.models.folders import FolderFound, ModelsFound, find_folders, look_at
from tests.model_folders import write_folder, write_shards
from tests.patience import WAIT_S
from tests.spoiled_files import SEEDS, spoil


def _found(path: Path, is_added: bool) -> FolderFound:
    return FolderFound(path, path.name, 0, None, None, is_added=is_added)


class Gate:
    """A look that waits in one folder until it is let through."""

    def __init__(self, at: Path) -> None:
        self.at, self.opened = at, threading.Event()
        self.looks: list[Path] = []

    def __call__(self, path: Path, is_added: bool) -> FolderFound:
        self.looks.append(path)
        if path == self.at:
            self.opened.wait(WAIT_S)
        return _found(path, is_added)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    made = Gate(tmp_path / "asleep")
    yield made
    made.opened.set()


def _looker(tmp_path: Path, look: Look, longest_s: float = 60.0) -> tuple[FolderLooker, list[ModelsFound]]:
    looker = FolderLooker(tmp_path / "models", tmp_path / "cache", look=look, longest_s=longest_s)
    told: list[ModelsFound] = []
    looker.looked.connect(told.append)
    return looker, told


def test_folders_are_told_in_their_order(qtbot: QtBot, tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / "models" / name).mkdir(parents=True)
    looker, told = _looker(tmp_path, _found)
    looker.start((str(tmp_path / "mine"), str(tmp_path / "models" / "a")))
    qtbot.waitUntil(lambda: bool(told))
    assert [(folder.name, folder.is_added) for folder in told[0].folders] == [
        ("a", False),
        ("b", False),
        ("mine", True),
    ]


def test_look_returns_at_once_and_what_is_asked_meanwhile_is_looked_at_after_it(
    qtbot: QtBot, tmp_path: Path, gate: Gate
) -> None:
    looker, told = _looker(tmp_path, gate)
    looker.start((str(gate.at),))
    looker.start(("/one",))
    looker.start(("/two",))
    assert told == []
    gate.opened.set()
    qtbot.waitUntil(lambda: len(told) == 2)
    assert [[folder.name for folder in found.folders] for found in told] == [["asleep"], ["two"]]


def test_folder_that_does_not_answer_is_told_so_and_nobody_else_waits_for_it(
    qtbot: QtBot, tmp_path: Path, gate: Gate
) -> None:
    looker, told = _looker(tmp_path, gate, longest_s=0.0)
    asked = (str(tmp_path / "first"), str(gate.at), str(tmp_path / "last"))
    looker.start(asked)
    qtbot.waitUntil(lambda: bool(told))
    assert told[0].folders[1].fault is not None
    assert "does not answer" in told[0].folders[1].fault.sentence
    looker, told = _looker(tmp_path, gate, longest_s=0.5)
    looker.start(asked)
    qtbot.waitUntil(lambda: len(told) == 1)
    looker.start(asked)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert [folder.fault is None for folder in told[1].folders] == [True, False, True]


def test_pipe_or_senseless_number_or_endless_file_costs_its_folder_alone(tmp_path: Path, starter_folder: Path) -> None:
    models = tmp_path / "models"
    write_folder(models / "sound", starter_folder)
    for name in ("config.json", "model.safetensors", "tokenizer.model", ".lacuna-download.json"):
        path = write_folder(models / f"pipe {name}", starter_folder) / name
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        path = write_folder(models / f"endless {name}", starter_folder) / name
        with path.open("wb") as file:
            file.truncate(8 << 30)
    path = write_folder(models / "senseless", starter_folder) / "model.safetensors"
    header = b'{"x": {"dtype": "BF16", "shape": [1e999], "data_offsets": [0, 8]}}'
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    found = {folder.name: folder.fault for folder in find_folders(models, ())}
    assert [name for name, fault in found.items() if fault is None] == [
        "endless .lacuna-download.json",
        "endless tokenizer.model",  # opening the vocabulary is the engine's
        "pipe .lacuna-download.json",
        "sound",
    ]
    assert all(fault.next_step for fault in found.values() if fault is not None)


_FILES = ("config.json", "model.safetensors.index.json", "model-00001-of-00002.safetensors", ".lacuna-download.json")


def test_spoiled_folder_is_a_sentence_whatever_was_spoiled(tmp_path: Path, starter_folder: Path) -> None:
    folder = write_folder(tmp_path / "models" / "one", starter_folder)
    write_shards(folder)
    (folder / ".lacuna-download.json").write_text('{"version": 1, "repo_id": "a/b", "files": [], "checked": {}}')
    whole = {name: (folder / name).read_bytes() for name in _FILES}
    for seed in range(SEEDS or 150):
        name = _FILES[seed % len(_FILES)]
        spoil(folder / name, seed)
        found = look_at(folder)
        assert found.fault is None or "could not be looked at" not in found.fault.sentence, (seed, found.fault)
        (folder / name).write_bytes(whole[name])

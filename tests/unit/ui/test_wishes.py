"""Wishes are the one way by which a click travels from a widget to whoever carries it out."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args

import pytest

from tests.conftest import ROOT

UI = ROOT / "ui"
ROOMS = sorted(path.parent.name for path in UI.glob("*/wishes.py"))

# Signals that pass on another one under a name of their own, each with a reason:
RELAYS = {
    ("CodePane", "cursor_moved"),  # also says that no file is open
    ("FillPreview", "discarded"),  # by key or by button
    ("Choice", "chosen"),  # hides the group of buttons
}


def classes() -> Iterator[ast.ClassDef]:
    """Every class of ui."""
    for path in UI.rglob("*.py"):
        yield from (node for node in ast.walk(_tree(path)) if isinstance(node, ast.ClassDef))


def relays_of(cls: ast.ClassDef) -> Iterator[str]:
    """The names of a class's own signals that another signal is connected to."""
    signals = {
        statement.targets[0].id
        for statement in cls.body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        if isinstance(statement.value, ast.Call) and ast.unparse(statement.value.func) == "Signal"
    }
    for node in ast.walk(cls):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "connect":
            name = ast.unparse(node.args[0]).removeprefix("self.")
            if name in signals:
                yield name


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_no_signal_but_wished_repeats_another() -> None:
    found = {(cls.name, name) for cls in classes() for name in relays_of(cls)}
    assert {relay for relay in found if relay[1] != "wished"} == RELAYS


@pytest.mark.parametrize("room", ROOMS)
def test_every_wish_is_plain_frozen_data_and_belongs_to_the_rooms_union(room: str) -> None:
    module = importlib.import_module(f"ui.{room}.wishes")
    made_here = {cls for _, cls in inspect.getmembers(module, inspect.isclass) if cls.__module__ == module.__name__}
    assert set(get_args(module.Wish)) == made_here
    for cls in made_here:
        assert is_dataclass(cls)
        assert hash(cls(*(0 for _ in fields(cls)))) is not None  # frozen
        assert "__dict__" not in dir(cls(*(0 for _ in fields(cls))))  # slotted


@pytest.mark.parametrize("room", ROOMS)
def test_every_wish_can_be_made_by_a_widget(room: str) -> None:
    """A wish that nobody makes is dead, however well somebody would carry it out."""
    wishes = {node.name for node in _tree(UI / room / "wishes.py").body if isinstance(node, ast.ClassDef)}
    made = {
        ast.unparse(node.func)
        for path in (UI / room).glob("*.py")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Call)
    }
    assert wishes <= made

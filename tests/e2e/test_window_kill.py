"""The real window process, killed while somebody types in two places and saves: all but the last second is there."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.chat.store.opening import open_chat_store
from app.code.unsaved_texts import UnsavedTexts
from app.host.profile import Profile
from tests.conftest import ROOT

KILLS = int(os.environ.get("LACUNA_WINDOW_KILLS", "4"))  # by hand: 300
SECOND_NS = 1_000_000_000


def type_until_killed(profile: Path, file: Path, seed: int) -> dict[str, int]:
    """How many words were typed in each place at least a second before the last report."""
    command = [sys.executable, "-m", "tests.e2e.typing_window", str(profile), str(file), str(seed)]
    reports: list[tuple[str, int, int]] = []
    draw = random.Random(seed)
    wanted = draw.randint(20, 90)
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as window:
        assert window.stdout is not None
        for line in window.stdout:
            place, number, at = line.split()
            reports.append((place, int(number), int(at)))
            if len(reports) >= wanted:
                break
        time.sleep(draw.random() * 0.06)
        window.kill()
    last = reports[-1][2]
    old = [(place, number) for place, number, at in reports if at <= last - SECOND_NS]
    return {name: max((number for place, number in old if place == name), default=0) for name in ("composer", "editor")}


def words(text: str) -> int:
    """How many numbers a text counts up to, in order and without a gap."""
    found = text.split()
    assert found == [str(number) for number in range(len(found))]
    return len(found)


@pytest.mark.parametrize("seed", range(KILLS))
def test_window_that_is_killed_has_kept_all_that_is_older_than_a_second(tmp_path: Path, seed: int) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("")
    typed = type_until_killed(tmp_path / "profile", file, seed)
    profile = Profile.below(tmp_path / "profile")
    unsaved = [one.text for one in UnsavedTexts(profile.unsaved_texts).all()]
    store = open_chat_store(profile.chats_file).store
    kept = {"composer": words(store.draft()), "editor": max(map(words, [file.read_text(), *unsaved]))}
    store.close()
    assert kept["composer"] >= typed["composer"]
    assert kept["editor"] >= typed["editor"]

"""The folders of a run: private, below one folder on request, and nowhere else."""

import os
import stat
from pathlib import Path

import pytest

from app.host.profile import Profile
from engine.errors import ErrorCode, LacunaError


def _files_below(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*")}


def test_user_profile_follows_the_xdg_variables() -> None:
    profile = Profile.of_user()
    assert profile.settings == Path(os.environ["XDG_CONFIG_HOME"]) / "lacuna"
    assert profile.data == Path(os.environ["XDG_DATA_HOME"]) / "lacuna"
    assert profile.cache == Path(os.environ["XDG_CACHE_HOME"]) / "lacuna"
    assert profile.state == Path(os.environ["XDG_STATE_HOME"]) / "lacuna"


def test_profile_below_a_folder_writes_nothing_anywhere_else(tmp_path: Path) -> None:
    home = Path(os.environ["HOME"])
    before = _files_below(home)
    Profile.below(tmp_path / "mine").create()
    assert _files_below(home) == before
    assert {path.name for path in (tmp_path / "mine").iterdir()} == {"settings", "data", "cache", "state"}


def test_profile_below_a_relative_folder_does_not_move_with_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Profile.below(Path("mine")).data == tmp_path / "mine" / "data"


def test_created_folders_are_private_under_any_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        profile = Profile.below(tmp_path / "mine")
        profile.create()
        profile.create()
    finally:
        os.umask(before)
    for folder in (profile.settings, profile.data, profile.cache, profile.state, profile.unsaved_texts, profile.logs):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def test_profile_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LacunaError) as caught:
        Profile.below(tmp_path / "file").create()
    assert caught.value.report.code is ErrorCode.FILE_NOT_SAVED
    assert "--profile" in caught.value.report.next_step

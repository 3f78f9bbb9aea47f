"""Settings come back as they were saved, and no content of their file keeps the program from starting."""

import json
import logging
import os
import stat
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings.store import SettingsStore, read_settings
from engine.errors import ErrorCode, LacunaError
from engine.settings import ModelDefaults, Sampling, Settings, ThemeChoice

NAMES_ON_DISK = st.binary(min_size=1, max_size=20).filter(lambda name: 0 not in name).map(os.fsdecode)
PATHS = st.lists(NAMES_ON_DISK, max_size=3).map(tuple)
SAMPLINGS = st.builds(
    Sampling,
    temperature=st.floats(0, 5),
    top_p=st.floats(0.01, 1),
    max_tokens=st.integers(1, 100_000),
    seed=st.none() | st.integers(0, 2**63 - 1),
)
DEFAULTS = st.builds(
    ModelDefaults,
    folder=NAMES_ON_DISK,
    context_tokens=st.integers(0, 100_000),
    device=st.sampled_from(["auto", "cpu", "cuda"]),
    chat=st.none() | SAMPLINGS,
)
SETTINGS = st.builds(
    Settings,
    theme=st.sampled_from(ThemeChoice),
    code_font_pt=st.integers(7, 28),
    text_font_pt=st.integers(7, 28),
    send_with_ctrl_enter=st.booleans(),
    system_prompt=st.text(max_size=50),
    chat=SAMPLINGS,
    fill=SAMPLINGS,
    model_folder=st.just("") | NAMES_ON_DISK,
    context_tokens=st.integers(1, 100_000),
    added_folders=PATHS,
    model_defaults=st.lists(DEFAULTS, max_size=2).map(tuple),
    is_welcomed=st.booleans(),
    recent_folders=PATHS,
    recent_files=PATHS,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(
    [
        "version",
        *Settings.__dataclass_fields__,
        *Sampling.__dataclass_fields__,
        *ModelDefaults.__dataclass_fields__,
    ]
)
OBJECTS = st.dictionaries(NAMES, JSON, max_size=4)


@given(SETTINGS)
def test_settings_saved_then_loaded_are_the_same(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> None:
    store = SettingsStore(tmp_path_factory.mktemp("settings") / "settings.json")
    store.save(settings)
    assert store.load() == settings
    assert not store.set_aside.exists()


@given(st.binary(max_size=200))
def test_any_bytes_give_settings(data: bytes) -> None:
    settings, faults = read_settings(data)
    assert settings == Settings()
    assert faults


@given(st.dictionaries(NAMES, JSON | OBJECTS | st.lists(JSON | OBJECTS, max_size=2)))
def test_any_json_gives_settings_that_can_be_saved_again(values: dict[str, object]) -> None:
    settings, _ = read_settings(json.dumps(values).encode())
    saved = json.dumps({"version": 1, **asdict(settings)}).encode()
    assert read_settings(saved) == (settings, [])


def test_deeply_nested_json_gives_the_defaults() -> None:
    assert read_settings(b"[" * 100_000)[0] == Settings()


def test_first_start_has_defaults_and_writes_nothing(tmp_path: Path) -> None:
    assert SettingsStore(tmp_path / "settings.json").load() == Settings()
    assert list(tmp_path.iterdir()) == []


def test_faulty_fields_fall_back_one_by_one_and_the_old_file_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "settings.json"
    content = {
        "version": 1,
        "theme": "purple",
        "code_font_pt": 900,
        "text_font_pt": 12,
        "system_prompt": "Be brief.",
        "chat": {"temperature": -1, "top_p": 0.5, "seed": True, "hue": 3},
        "recent_files": ["a", 1],
        "telemetry": True,
    }
    file.write_text(json.dumps(content))
    store = SettingsStore(file)
    with caplog.at_level(logging.WARNING):
        settings = store.load()
    chat = replace(Settings().chat, top_p=0.5)
    assert settings == replace(Settings(), text_font_pt=12, system_prompt="Be brief.", chat=chat)
    assert json.loads(store.set_aside.read_text()) == content
    told = caplog.text
    for name in ("theme", "code_font_pt", "chat.temperature", "chat.seed", "chat.'hue'", "recent_files", "telemetry"):
        assert name in told
    assert "Be brief" not in told


def test_file_of_a_newer_version_gives_what_is_understood_and_is_set_aside(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"version": 2, "theme": "dark", "glow": 3}')
    store = SettingsStore(file)
    assert store.load().theme is ThemeChoice.DARK
    store.save(Settings())
    assert json.loads(store.set_aside.read_text())["glow"] == 3


def test_unreadable_settings_give_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "settings.json").mkdir()
    assert SettingsStore(tmp_path / "settings.json").load() == Settings()


def test_saved_file_is_for_this_user_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        SettingsStore(tmp_path / "settings.json").save(Settings())
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "settings.json").stat().st_mode) == 0o600


def test_save_into_a_missing_folder_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LacunaError) as caught:
        SettingsStore(tmp_path / "gone" / "settings.json").save(Settings())
    assert caught.value.report.code is ErrorCode.FILE_NOT_SAVED


def test_defaults_of_models_fall_back_value_by_value_and_rows_of_no_folder_are_left_out() -> None:
    values = {
        "version": 1,
        "context_tokens": -1,
        "model_defaults": [
            {"folder": "/a", "context_tokens": 4096, "device": "toaster", "chat": 5},
            {"folder": "/b", "device": "cpu", "chat": {"temperature": 0.5, "top_p": 7}},
            {"context_tokens": 8192},
            3,
        ],
    }
    settings, faults = read_settings(json.dumps(values).encode())
    assert settings.context_tokens == Settings().context_tokens
    assert settings.model_defaults == (
        ModelDefaults("/a", 4096),
        ModelDefaults("/b", device="cpu", chat=Sampling(temperature=0.5)),
    )
    assert len(faults) == 6
    assert read_settings(json.dumps({"version": 1, "model_defaults": "none"}).encode())[0] == Settings()


@pytest.mark.parametrize("path", ["/a\0b", "/\ud800"])
def test_path_that_no_file_system_takes_falls_back(path: str) -> None:
    values = {"version": 1, "model_folder": path, "recent_files": [path], "model_defaults": [{"folder": path}]}
    settings, faults = read_settings(json.dumps(values).encode())
    assert settings == Settings()
    assert len(faults) == 3


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda place: os.symlink("nowhere", place)])
def test_pipe_folder_or_dangling_link_in_place_of_the_file_gives_the_defaults(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "settings.json")
    assert SettingsStore(tmp_path / "settings.json").load() == Settings()


def test_settings_that_are_a_link_stay_one(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    real = tmp_path / "dotfiles" / "lacuna.json"
    link = tmp_path / "settings.json"
    link.symlink_to(real)
    store = SettingsStore(link)
    store.save(Settings(code_font_pt=15))
    assert link.is_symlink()
    assert real.is_file()
    assert store.load().code_font_pt == 15

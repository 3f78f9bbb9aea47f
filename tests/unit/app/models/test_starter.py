"""The starter is found by its place in the installation, and recognised however it is spelled."""

from pathlib import Path

import pytest

from app.models.starter import is_starter, starter_folder


def test_starter_folder_holds_a_model() -> None:
    names = {path.name for path in starter_folder().iterdir()}
    assert {"config.json", "tokenizer.model"} <= names
    assert any(name.endswith(".safetensors") for name in names)


def test_starter_is_recognised_through_links_and_relative_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(starter_folder())
    monkeypatch.chdir(starter_folder().parent)
    assert is_starter(tmp_path / "link")
    assert is_starter(Path("model"))
    assert not is_starter(tmp_path)
    assert not is_starter(tmp_path / "nowhere")

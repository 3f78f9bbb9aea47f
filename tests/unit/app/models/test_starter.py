"""The starter is found by its place, recognised however it is spelled, and what stands in for it is told."""

import json
from pathlib import Path

import pytest

from app.models import starter
from app.models.folders import starter_parameters
from app.models.starter import ELSEWHERE, is_starter, starter_folder
from engine.errors import ErrorCode, LacunaError
from engine.models.inspection import inspect_folder
from engine.starter_words import starter_words


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in which nothing was built."""
    monkeypatch.delenv(ELSEWHERE)
    monkeypatch.setattr(starter, "resources_folder", lambda: tmp_path / "resources")
    return tmp_path


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


def test_the_built_model_is_the_starter_and_the_tests_one_stands_in_only_where_none_was_built(checkout: Path) -> None:
    built, quick = checkout / "resources" / "starter" / "model", checkout / "tests" / "model"
    assert starter_folder() == built
    for folder in (quick, built):
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps({}))
        assert starter_folder() == folder


def test_a_distribution_may_put_it_elsewhere(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ELSEWHERE, "/usr/share/lacuna/starter")
    assert starter_folder() == Path("/usr/share/lacuna/starter")


def test_each_state_of_it_has_its_words(starter_folder: Path, tmp_path: Path) -> None:
    assert "stands in for it" in starter_words(starter_parameters(starter_folder))
    assert "has no demonstration model" in starter_words(starter_parameters(tmp_path / "nowhere"))
    assert "not Code Llama" in starter_words(135_000_000)
    assert starter_parameters(tmp_path) == 0


def test_a_starter_that_was_not_built_is_told_when_it_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(LacunaError) as caught:
        inspect_folder(tmp_path / "model", is_starter=True)
    assert caught.value.report.code is ErrorCode.MODEL_MISSING
    assert "it was not built" in caught.value.report.sentence
    assert "make setup" in caught.value.report.next_step

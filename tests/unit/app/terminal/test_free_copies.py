"""`lacuna models free`: copies are listed, and removed only where that was said."""

from pathlib import Path

import pytest

from app.host.profile import Profile
from app.terminal.free_copies import add_options, run
from engine.errors import ErrorCode, LacunaError
from engine.models.nf4_cache import list_copies, open_writer
from tests.scripted_terminal import TerminalRun


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Two copies in the cache of the session's profile."""
    cache = Profile.below(tmp_path / "profile").quantized
    for name, key in (("CodeLlama-7b-hf", "aa11"), ("Tiny", "bb22")):
        weights = tmp_path / name / "model.safetensors"
        weights.parent.mkdir()
        weights.write_bytes(name.encode())
        with open_writer(cache, name) as writer:
            assert writer is not None
            (writer.folder / "model-00001-of-00001.safetensors").write_bytes(bytes(5))
            writer.commit(key, [weights])
    return cache


def test_copies_are_only_listed_without_yes(terminal: TerminalRun, cache: Path) -> None:
    assert terminal.run(add_options, run, verbose=True) == 0
    lines = terminal.out.getvalue().splitlines()
    assert len(lines) == 2
    assert all("GB" in line for line in lines)
    assert "--yes" in terminal.err.getvalue()
    assert len(list_copies(cache)) == 2


@pytest.mark.parametrize("name", ["Tiny", "bb"])
def test_named_copy_is_removed_and_the_other_stays(terminal: TerminalRun, cache: Path, name: str) -> None:
    terminal.run(add_options, run, name, "--yes", as_json=True)
    assert [(record["name"], record["is_removed"]) for record in terminal.records] == [("Tiny", True)]
    assert [copy.name for copy in list_copies(cache)] == ["CodeLlama-7b-hf"]


def test_unknown_name_removes_nothing(terminal: TerminalRun, cache: Path) -> None:
    with pytest.raises(LacunaError) as caught:
        terminal.run(add_options, run, "Tiny", "nothing", "--yes")
    assert caught.value.report.code is ErrorCode.USAGE
    assert len(list_copies(cache)) == 2


def test_empty_cache_says_nothing(terminal: TerminalRun) -> None:
    assert terminal.run(add_options, run) == 0
    assert terminal.out.getvalue() == ""

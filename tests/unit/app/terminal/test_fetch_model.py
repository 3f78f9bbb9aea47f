"""`lacuna models get` over the real fetcher and a hub on loopback: licence first, then progress, then the folder."""

import io
import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.host.profile import Profile
from app.terminal.fetch_model import add_options, repository_of, run, words
from app.terminal.output import Output
from app.terminal.session import Session
from engine.errors import ErrorCode, LacunaError
from engine.messages.jobs import Progress
from engine.models.fetch import FetcherService
from engine.models.hub import HuggingFaceHub
from engine.settings import Settings
from tests.fake_hub import COMMIT, REPO, FakeHub, Fault, hub_for_this_process


class Screen(io.StringIO):
    """A terminal that somebody watches or types at."""

    def isatty(self) -> bool:
        return True


class Terminal:
    """Runs the command. Attributes: out, err, profile."""

    def __init__(self, hub: FakeHub, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.profile = Profile.below(folder / "profile")
        self._hub = hub
        self._folder = folder
        self._patch = patch

    def get(self, *argv: str, typed: str | None = None, as_json: bool = False, verbose: bool = False) -> int:
        """`typed`: what a person at the keyboard answers; None: nobody is there."""
        err: io.StringIO = self.err if typed is None else Screen()
        self.err = err
        self._patch.setattr(sys, "stdin", io.StringIO() if typed is None else Screen(typed))
        parser = ArgumentParser()
        add_options(parser)
        service = FetcherService(HuggingFaceHub(self._hub.address, timeout_s=5.0), lambda _: None)
        output = Output(self.out, err, as_json=as_json, verbose=verbose)
        session = Session(output, self.profile, Settings(), self._folder, lambda role: service.handlers())
        try:
            return run(parser.parse_args(argv), session)
        finally:
            assert session.close()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with hub_for_this_process(monkeypatch) as server:
        yield server


@pytest.fixture
def terminal(hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(hub, tmp_path, monkeypatch)


def test_download_goes_to_the_other_models_and_its_folder_is_the_result(terminal: Terminal) -> None:
    assert terminal.get(REPO, "--accept-licence") == 0
    folder = terminal.profile.models / "CodeLlama-7b-Instruct-hf"
    assert terminal.out.getvalue() == f"{folder}\n"
    assert (folder / "model-00001-of-00002.safetensors").exists()
    assert terminal.err.getvalue() == ""


def test_json_tells_each_percent_once_and_the_commit_last(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert terminal.get(REPO, "--accept-licence", "--folder", str(folder), as_json=True) == 0
    *steps, last = [json.loads(line) for line in terminal.out.getvalue().splitlines()]
    assert last == {
        "event": "fetched",
        "folder": str(folder),
        "repo_id": REPO,
        "revision": COMMIT,
        "licence": "Llama 2 Community License",
    }
    shown = [(step["stage"], 100 * step["done_bytes"] // max(1, step["total_bytes"])) for step in steps]
    assert len(shown) == len(set(shown))
    assert steps[-1]["done_bytes"] == steps[-1]["total_bytes"]


def test_without_acceptance_nothing_is_asked_and_it_is_an_input_fault(terminal: Terminal, hub: FakeHub) -> None:
    with pytest.raises(LacunaError, match="has not been accepted") as raised:
        terminal.get(REPO, verbose=True)
    assert raised.value.report.code is ErrorCode.USAGE
    assert "--accept-licence" in raised.value.report.next_step
    shown = terminal.err.getvalue()
    assert "Built with Llama 2" in shown
    assert "https://ai.meta.com/llama/license/" in shown
    assert "700 million" in shown
    assert hub.asked == []


@pytest.mark.parametrize("answer", ["no\n", "\n", "", "y\n"])
def test_anything_but_yes_is_no(terminal: Terminal, hub: FakeHub, answer: str) -> None:
    with pytest.raises(LacunaError, match="has not been accepted"):
        terminal.get(REPO, typed=answer)
    assert hub.asked == []


def test_yes_is_remembered_and_not_asked_for_again(terminal: Terminal, hub: FakeHub) -> None:
    assert terminal.get(REPO, typed="yes\n") == 0
    assert "Type yes" in terminal.err.getvalue()
    assert terminal.get(REPO, typed="") == 0
    assert "Type yes" not in terminal.err.getvalue()


def test_unknown_licence_is_asked_for_on_its_own(terminal: Terminal) -> None:
    assert terminal.get(REPO, typed="yes\n") == 0
    with pytest.raises(LacunaError, match="licence of other/model has not been accepted"):
        terminal.get("other/model", typed="no\n")


def test_failure_is_raised_and_the_next_run_goes_on(terminal: Terminal, hub: FakeHub) -> None:
    hub.script("model-00002-of-00002.safetensors", Fault(status=403))
    with pytest.raises(LacunaError, match="forbids"):
        terminal.get(REPO, "--accept-licence")
    hub.asked.clear()
    assert terminal.get(REPO) == 0
    assert hub.transfers == ["model-00002-of-00002.safetensors"]


@pytest.mark.parametrize(
    ("id", "repo_id"),
    [
        ("7b-instruct", "codellama/CodeLlama-7b-Instruct-hf"),
        ("34B-Python", "codellama/CodeLlama-34b-Python-hf"),
        ("13b", "codellama/CodeLlama-13b-hf"),
        ("CodeLlama-70b-Instruct-hf", "codellama/CodeLlama-70b-Instruct-hf"),
        ("meta-llama/CodeLlama-7b-hf", "meta-llama/CodeLlama-7b-hf"),
    ],
)
def test_ids_are_sizes_catalogue_ids_or_repositories(id: str, repo_id: str) -> None:
    assert repository_of(id) == repo_id


def test_unknown_id_names_the_known_ones() -> None:
    with pytest.raises(LacunaError, match="no checkpoint 9b") as raised:
        repository_of("9b")
    assert "7b-instruct" in raised.value.report.next_step
    assert raised.value.report.code is ErrorCode.USAGE


def test_progress_line_has_amount_rate_and_time_left() -> None:
    progress = Progress("a", "Downloading", 3_200_000_000, 13_500_000_000, "bytes", "model.safetensors", 45e6)
    assert words(progress) == "3.2 GB of 13.5 GB, 45 MB/s, 4 min left  model.safetensors"

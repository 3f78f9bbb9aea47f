"""`lacuna models`: the rows of the Models dialog as lines of text or JSON."""

from argparse import ArgumentParser
from pathlib import Path

import pytest

from app.host.profile import Profile
from app.terminal.list_models import add_options, run
from engine.models.downloads import Download, RemoteFile, write_download
from engine.settings import Settings
from tests.machines import AVX512, machine
from tests.model_folders import write_folder
from tests.scripted_terminal import TerminalRun

SEVEN = "codellama/CodeLlama-7b-Instruct-hf"


def test_every_model_has_a_line_and_the_recommended_one_a_mark(terminal: TerminalRun) -> None:
    assert terminal.run(add_options, run) == 0
    lines = terminal.out.getvalue().splitlines()
    assert sum(" Not here" in line for line in lines) == 12
    assert [line.split(" *")[0].strip() for line in lines if " *" in line] == ["7B Instruct"]
    assert "Lacuna starter" in terminal.out.getvalue()
    assert "No NVIDIA GPU was found" in terminal.out.getvalue()


def test_slow_processor_is_told_before_anything_is_advised(terminal: TerminalRun) -> None:
    terminal.engine.machine = machine(AVX512, memory_gib=64)
    terminal.run(add_options, run)
    warned = [line for line in terminal.out.getvalue().splitlines() if line.startswith("!")]
    assert any("AVX512-BF16" in line for line in warned)


def test_json_lines_carry_the_fit_at_the_wished_context(terminal: TerminalRun) -> None:
    terminal.run(add_options, run, "--context", "8192", as_json=True)
    rows = {row["id"]: row for row in terminal.records}
    assert len(rows) == 13
    assert "8,192 tokens" in str(rows[SEVEN]["fit_sentence"])
    assert rows[SEVEN]["fit"] == "fits"
    assert rows[SEVEN]["is_recommended"] is True


def test_folders_and_paused_downloads_of_the_profile_are_listed_with_their_faults(
    terminal: TerminalRun, tmp_path: Path, starter_folder: Path
) -> None:
    profile = Profile.below(tmp_path / "profile")
    profile.create()
    folder = profile.models / "CodeLlama-7b-Instruct-hf"
    folder.mkdir()
    write_download(Download(folder, SEVEN, "main", "a" * 40, (RemoteFile("config.json", 100, None),)))
    broken = write_folder(tmp_path / "broken", starter_folder)
    (broken / "config.json").write_text("{")
    terminal.settings = Settings(added_folders=(str(broken),))
    terminal.run(add_options, run, as_json=True)
    rows = {row["id"]: row for row in terminal.records}
    assert rows[SEVEN]["state"] == "Paused"
    assert rows[str(broken)]["state"] == "Damaged"
    assert "not valid JSON" in str(rows[str(broken)]["fault"])


@pytest.mark.parametrize("wish", ["0", "-5", "many", "99999999999"])
def test_senseless_context_is_refused_in_a_sentence(wish: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = ArgumentParser()
    add_options(parser)
    with pytest.raises(SystemExit):
        parser.parse_args([f"--context={wish}"])
    assert "is no number of tokens" in capsys.readouterr().err

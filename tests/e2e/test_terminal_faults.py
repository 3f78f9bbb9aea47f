"""The real program in a terminal when something is wrong: one sentence, the right exit code, nothing left behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.model_folders import ENDLESS_TOKENS
from tests.patience import WAIT_S

LACUNA = (sys.executable, "-P", "-m", "app")
ENDLESS = ("--max-tokens", str(ENDLESS_TOKENS), "--temperature", "0", "--model")


def lacuna(*argv: str | bytes, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*LACUNA, *argv],
        input=stdin,
        capture_output=True,
        cwd=os.environ["HOME"],
        env=os.environ | environment,
        timeout=WAIT_S,
        check=False,
    )


def told(result: subprocess.CompletedProcess[bytes], code: int) -> str:
    """The one sentence on standard error of a run that failed with `code` and wrote no result."""
    assert result.returncode == code, result.stderr.decode()
    assert result.stdout == b""
    (line,) = result.stderr.decode().splitlines()
    assert line.startswith("lacuna"), line
    assert "Traceback" not in line
    return line


def _missing(folder: Path) -> None:
    shutil.rmtree(folder)


def _truncated(folder: Path) -> None:
    weights = next(folder.glob("*.safetensors"))
    os.truncate(weights, weights.stat().st_size // 2)


def _other_architecture(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["GPT2LMHeadModel"]}))


def _pickle_only(folder: Path) -> None:
    for weights in folder.glob("*.safetensors*"):
        weights.unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04cos\nsystem\n")


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (_missing, "does not exist"),
        (_truncated, "safetensors"),
        (_other_architecture, "GPT2LMHeadModel"),
        (_pickle_only, "pickle"),
    ],
)
@pytest.mark.parametrize("command", [("ask", "Hello"), ("project", ".")], ids=["ask", "project"])
def test_spoiled_model_folder_is_told_in_a_sentence_of_its_own(
    tmp_path: Path, starter_folder: Path, spoil: object, part: str, command: tuple[str, ...]
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(starter_folder, folder)
    assert callable(spoil)
    spoil(folder)
    assert part in told(lacuna(*command, "--model", str(folder)), 2)


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        (("ask", "--nope"), "--nope"),
        (("ask", ""), "empty"),
        (("nonsense",), "nonsense"),
        (("ask", "--max-tokens", "many", "Hello"), "many"),
        (("ask", "--project", "nowhere", "Hello"), "nowhere"),
        (("project", "nowhere"), "nowhere"),
        (("fill", "--prefix-file", "nowhere", "--suffix-file", "nowhere"), "nowhere"),
        (("fill", "--order", "mps"), "mps"),
        (("fill", "--prefix-file", "."), "both"),
        (("fill", "--prefix-file", ".", "--suffix-file", "."), "folder"),
        (("complete",), "standard input"),
        (("open", b"caf\xe9\x1b[2J"), "caf"),
        (("tour",), "--out"),
    ],
)
def test_bad_input_is_told_in_one_sentence_with_code_2(argv: tuple[str | bytes, ...], part: str) -> None:
    sentence = told(lacuna(*argv), 2)
    assert part in sentence
    assert "\x1b" not in sentence


def test_window_without_a_display_is_told_with_code_1() -> None:
    sentence = told(lacuna(QT_QPA_PLATFORM="", DISPLAY="", WAYLAND_DISPLAY=""), 1)
    assert "display" in sentence
    assert "lacuna tour" in sentence
    assert "does not answer" in told(lacuna(QT_QPA_PLATFORM="", DISPLAY=":987", WAYLAND_DISPLAY=""), 1)


def test_question_longer_than_the_context_is_told_with_its_size() -> None:
    sentence = told(lacuna("ask", "-", "--json", stdin=b"word " * 20_000), 2)
    assert "tokens" in sentence


def test_damaged_settings_do_not_stop_an_answer_and_a_model_that_went_away_is_named(tmp_path: Path) -> None:
    settings = tmp_path / "profile" / "settings" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text("{damaged")
    result = lacuna("project", str(tmp_path), "--profile", str(tmp_path / "profile"))
    assert (result.returncode, result.stderr) == (0, b"")
    assert "set aside" in (tmp_path / "profile" / "state" / "logs" / "terminal.log").read_text()
    settings.write_text(json.dumps({"version": 1, "model_folder": str(tmp_path / "gone")}))
    assert "gone" in told(lacuna("project", str(tmp_path), "--profile", str(tmp_path / "profile")), 2)


@pytest.mark.parametrize("start", ["in a terminal", "by a script, in the background"])
def test_interrupt_or_end_stops_an_answer_with_its_figures_and_code_130(start: str, endless_folder: Path) -> None:
    """What a script starts in the background ignores Ctrl+C from its start; it can be ended all the same."""
    argv = [*LACUNA, "complete", *ENDLESS, str(endless_folder), "--json"]
    if start != "in a terminal":
        argv = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *argv]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"def ")
        process.stdin.close()
        assert json.loads(process.stdout.readline())["event"] == "text"
        process.send_signal(signal.SIGINT)
        if start != "in a terminal":
            process.send_signal(signal.SIGTERM)
        *_, last = process.stdout.read().splitlines()
        error = process.stderr.read()
        assert process.wait(WAIT_S) == 130
    assert json.loads(last)["stop"] == "cancelled"
    assert json.loads(last)["tokens"] >= 1
    assert error == b""


def test_reader_that_goes_away_ends_the_answer_quietly(endless_folder: Path) -> None:
    argv = [*LACUNA, "complete", *ENDLESS, str(endless_folder)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"def ")
        process.stdin.close()
        assert process.stdout.read(1)
        process.stdout.close()
        error = process.stderr.read()
        assert process.wait(WAIT_S) == 141
    assert error == b""


def test_full_disk_behind_standard_output_is_told(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [*LACUNA, "project", str(tmp_path)], stdout=full, stderr=subprocess.PIPE, timeout=WAIT_S, check=False
        )
    assert result.returncode == 1
    (line,) = result.stderr.decode().splitlines()
    assert "could not be written" in line

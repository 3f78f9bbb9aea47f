"""The real program in a terminal, with the starter in NF4: what it writes, and that it stays off the network.

A start costs seconds (torch), so each test looks at all that one start shows.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import WAIT_S

# Runs `lacuna` in a process in which opening any socket is told on standard error.
_WATCHED = """
import os, sys
def watch(event, arguments):
    if event.startswith("socket.") or event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
        os.write(2, f"AUDIT {event} {arguments!r}\\n".encode(errors="replace"))
sys.addaudithook(watch)
from app.command_line import main
from tests.patience import WAIT_S
sys.exit(main())
"""
PREFIX = "def add(a, b):\n    return "
SUFFIX = "\n\n\ndef subtract(a, b):\n    return a - b\n"


def lacuna(*argv: str, stdin: bytes = b"", watched: bool = False) -> subprocess.CompletedProcess[bytes]:
    """Run the program as a person would, from a folder that is not the checkout."""
    start = ["-c", _WATCHED] if watched else ["-m", "app"]
    command = [sys.executable, "-P", *start, *argv]
    return subprocess.run(
        command, input=stdin, capture_output=True, cwd=os.environ["HOME"], timeout=WAIT_S, check=False
    )


def records(result: subprocess.CompletedProcess[bytes]) -> list[dict[str, object]]:
    assert result.returncode == 0, result.stderr.decode()
    return [json.loads(line) for line in result.stdout.decode("ascii").splitlines()]


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def hostile_project(tmp_path: Path) -> Path:
    """A folder with odd names, secrets, loops and things that are no source."""
    root = tmp_path / "project"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "shapes.py").write_text("def area(width, height):\n    return width * height\n")
    (root / os.fsdecode(b"caf\xe9.py")).write_text("x = 1\n")
    (root / "new\nline.py").write_text("y = 2\n")
    (root / ".env").write_text("TOKEN=abc\n")
    (root / "logo.png").write_bytes(b"\x89PNG\0\0")
    (root / "one_line.js").write_text("a" * 2_000_000)
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe")
    (root / ".gitignore").write_text("ignored.py\n")
    (root / "ignored.py").write_text("z = 3\n")
    return root


@pytest.mark.usefixtures("shipped_folder")
def test_self_test_of_the_model_that_ships_names_device_and_speed() -> None:
    steps = records(lacuna("self-test", "--json"))
    assert [step["step"] for step in steps] == ["load", "chat", "fill", "all"]
    assert all(step["ok"] for step in steps)
    assert steps[0]["compute_dtype"] in ("float32", "bfloat16", "float16")
    assert all(float(str(step["tokens_per_s"])) > 0 for step in steps[1:3])
    assert steps[0]["warnings"] == []


@pytest.mark.usefixtures("shipped_folder")
def test_the_model_that_ships_answers_a_short_question_to_the_end() -> None:
    question = "Write a Python function that returns the larger of two numbers."
    told = records(lacuna("ask", "--json", "--temperature", "0", "--max-tokens", "200", question))
    assert told[-1]["stop"] == "eos"


def test_ask_about_a_folder_streams_json_without_a_connection_and_writes_only_into_the_profile(
    hostile_project: Path, tmp_path: Path
) -> None:
    before = files_in(Path(os.environ["HOME"]))
    options = ("--profile", str(tmp_path / "profile"), "--max-tokens", "24", "--temperature", "0", "--seed", "1")
    result = lacuna(
        "ask", "--project", str(hostile_project), *options, "--json", "What does `area` do? \udce9", watched=True
    )
    *texts, last = records(result)
    assert result.stderr == b""  # nothing to say, nothing seen by the audit hook
    assert texts
    assert all(set(text) == {"event", "text"} and text["event"] == "text" and text["text"] for text in texts)
    assert set(last) == {"event", "stop", "tokens", "reused", "computed"}
    assert last["event"] == "finished"
    assert last["stop"] in ("eos", "length")
    assert 1 <= int(str(last["tokens"])) <= 24
    assert int(str(last["computed"])) > 60  # the folder is in the prompt
    assert files_in(Path(os.environ["HOME"])) == before


def test_fill_lines_share_one_model_and_a_bad_line_costs_only_itself(tmp_path: Path) -> None:
    gap = {"id": "a", "prefix": "# Größe in Übersicht, für später\r\n" + PREFIX, "suffix": SUFFIX}
    lines = [
        json.dumps(gap),
        "{broken",
        json.dumps(gap | {"id": 2, "prefix": "x = 1\n" * 20_000 + PREFIX}),
        json.dumps(gap | {"id": 3, "prefix": "", "suffix": ""}),
        json.dumps(gap | {"id": [4], "prefix": " <PRE> </s> [INST] \ud800"}),
        json.dumps(gap | {"id": "a again"}),
    ]
    result = lacuna("fill", "--jsonl", "--max-tokens", "32", stdin="\n".join(lines).encode())
    assert result.returncode == 1  # one line could not be filled
    assert result.stderr == b""
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", None, 2, 3, [4], "a again"]
    assert [answer["stop"] == "error" for answer in answers] == [False, True, False, False, False, False]
    assert all(answer["stop"] in ("eot", "eos", "length", "context") for answer in answers if "error" not in answer)
    assert answers[0]["middle"] == answers[-1]["middle"]

    # The same gap in two files, one of them not UTF-8, is filled with exactly the same middle.
    (tmp_path / "prefix.py").write_bytes(gap["prefix"].encode("latin-1"))
    (tmp_path / "suffix.py").write_text(SUFFIX)
    sides = ("--prefix-file", str(tmp_path / "prefix.py"), "--suffix-file", str(tmp_path / "suffix.py"))
    plain = lacuna("fill", *sides, "--max-tokens", "32")
    assert (plain.returncode, plain.stderr) == (0, b"")
    assert plain.stdout.decode() == answers[0]["middle"]


def test_complete_continues_standard_input() -> None:
    result = lacuna("complete", "--max-tokens", "12", "--temperature", "0", stdin=b"import os\nimport sys\n\n\ndef ")
    assert result.returncode == 0, result.stderr.decode()
    assert result.stderr == b""
    assert result.stdout.strip()


def test_project_bill_accounts_for_every_file_of_a_hostile_folder(hostile_project: Path) -> None:
    result = lacuna("project", str(hostile_project), "--json", watched=True)
    *lines, last = records(result)
    assert result.stderr == b""
    entries = {str(line["path"]): line for line in lines}
    assert all(set(line) == {"path", "tokens", "included", "packed", "reason"} for line in lines)
    for path in ("pkg/shapes.py", "caf\udce9.py", "new\nline.py"):
        assert entries[path]["included"], path
        assert entries[path]["packed"], path
        assert int(str(entries[path]["tokens"])) > 0
    for path in (".env", "logo.png", "one_line.js"):
        assert not entries[path]["included"], path
        assert entries[path]["reason"], path
    assert not entries.get("ignored.py", {"included": False})["included"]
    totals = last["totals"]
    assert isinstance(totals, dict)
    assert totals["context_tokens"] == 4096
    assert totals["tokens"] == sum(int(str(line["tokens"])) for line in lines if line["included"])
    assert totals["packed"] == sum(bool(line["packed"]) for line in lines)

    table = lacuna("project", str(hostile_project))
    assert table.returncode == 0
    assert b"caf\xe9.py" in table.stdout  # a pipe gets the name's own bytes
    assert b"new\\nline.py" in table.stdout


def test_version_imports_neither_qt_nor_torch() -> None:
    code = (
        "import sys; sys.argv = ['lacuna', '--version']; from app.command_line import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code in (0, None)\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'PySide6', 'torch', 'transformers', 'numpy'}))"
    )
    result = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    version, heavy = result.stdout.splitlines()
    assert version.startswith("lacuna ")
    assert heavy == "[]"


def test_nothing_that_asks_the_network_for_code_is_installed() -> None:
    code = "import importlib.util, sys; sys.exit(importlib.util.find_spec('kernels') is not None)"
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0

"""The command line: what is asked for reaches the right command, wherever the options stand."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from app.command_line import main
from app.host.profile import Profile
from engine.errors import ErrorCode, LacunaError


@dataclass
class Window:
    """Stands in for `app.window.start` and `app.tour`, which bring Qt.

    Attribute: `calls`, what they were called with.
    """

    result: int | Exception = 0
    calls: list[tuple[object, ...]] = field(default_factory=list)

    def __call__(self, *arguments: object) -> int:
        self.calls.append(arguments)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Window:
    stand_in = Window()
    for module_name, name in (("app.window.start", "run_window"), ("app.tour", "run_tour")):
        module = ModuleType(module_name)
        setattr(module, name, stand_in)
        monkeypatch.setitem(sys.modules, module_name, module)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    return stand_in


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("lacuna ")


def test_command_alone_opens_the_window_with_the_persons_profile(window: Window) -> None:
    assert main([]) == 0
    assert window.calls == [(Profile.of_user(), None, [])]
    assert Profile.of_user().logs.is_dir()


@pytest.mark.parametrize("before", [True, False])
def test_common_options_may_stand_on_either_side_of_the_command(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b.py").touch()
    common = ["--profile", "mine", "--model", "weights"]
    argv = [*common, "open", "a b.py", "."] if before else ["open", "a b.py", ".", *common]
    assert main(argv) == 0
    paths = [str(tmp_path / "a b.py"), str(tmp_path)]
    assert window.calls == [(Profile.below(tmp_path / "mine"), tmp_path / "weights", paths)]


@pytest.mark.parametrize("argv", [["."], ["--verbose", "."], ["--model", "weights", ".", "--verbose"], ["a.py", "."]])
def test_path_in_a_commands_place_is_opened(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").touch()
    assert main(argv) == 0
    ((_, _, paths),) = window.calls
    assert paths == [str(tmp_path / "a.py"), str(tmp_path)][-len([word for word in argv if word in ("a.py", ".")]) :]


def test_open_without_paths_opens_the_window(window: Window) -> None:
    assert main(["open"]) == 0
    assert len(window.calls) == 1


def test_window_s_exit_code_and_failures_become_the_program_s(
    window: Window, capsys: pytest.CaptureFixture[str]
) -> None:
    window.result = 3
    assert main([]) == 3
    window.result = LacunaError(ErrorCode.OUT_OF_MEMORY, "No memory.", "Close something.")
    assert main([]) == 1
    window.result = LacunaError(ErrorCode.MODEL_MISSING, "No model.")
    assert main([]) == 2
    assert capsys.readouterr().err == "lacuna: No memory. Close something.\nlacuna: No model.\n"


def test_profile_that_cannot_be_made_is_told(
    window: Window, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["--profile", str(tmp_path / "file")]) == 1
    assert "can't be made" in capsys.readouterr().err
    assert window.calls == []


class _WithoutEgl:
    """An import system on a machine that lacks a library of Qt's."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "app.window.start":
            raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")


def test_system_library_that_qt_misses_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "app.window.start", raising=False)
    monkeypatch.setattr(sys, "meta_path", [_WithoutEgl(), *sys.meta_path])
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert main([]) == 1
    told = capsys.readouterr().err
    assert "libEGL.so.1" in told
    assert told.count("\n") == 1


def test_tour_uses_a_profile_that_is_gone_afterwards(window: Window, tmp_path: Path) -> None:
    assert main(["tour", "--out", str(tmp_path / "out")]) == 0
    ((out, profile, model),) = window.calls
    assert (out, model) == (tmp_path / "out", None)
    assert isinstance(profile, Profile)
    assert profile != Profile.of_user()
    assert not profile.state.exists()
    assert not Profile.of_user().data.exists()


def test_tour_keeps_a_profile_that_was_asked_for(window: Window, tmp_path: Path) -> None:
    assert main(["--profile", str(tmp_path / "mine"), "tour", "--out", str(tmp_path / "out")]) == 0
    assert window.calls[0][1] == Profile.below(tmp_path / "mine")
    assert (tmp_path / "mine" / "data").is_dir()


def test_usage_error_is_one_line_whatever_was_typed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["ask", "--seed", "1\n2\x1b[2J"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("lacuna ask: argument --seed")
    assert told.count("\n") == 1
    assert "\x1b" not in told


def test_path_that_does_not_exist_opens_no_window(window: Window, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["open", os.path.join("no", "such")]) == 2
    assert "no/such" in capsys.readouterr().err
    assert window.calls == []


def test_benchmark_that_is_not_installed_is_told_with_where_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "app.bench", None)
    assert main(["bench", "--only", "window", "--profile", str(tmp_path)]) == 2
    assert "not part of the installed program. It comes with Lacuna's source" in capsys.readouterr().err

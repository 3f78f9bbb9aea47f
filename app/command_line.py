"""The command `lacuna`: parses the command line, opens the window or runs a command, and maps failures to exit codes.

Importing this module imports neither Qt nor torch; each command imports what it needs.
"""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from app import __version__
from app.host.display import why_no_display
from app.host.profile import Profile
from app.models.starter import starter_folder
from app.settings.store import SettingsStore
from app.terminal import (
    ask,
    bench,
    complete,
    fetch_model,
    fill,
    free_copies,
    list_models,
    project,
    prompt,
    self_test,
)
from app.terminal.answer import INTERRUPTED
from app.terminal.log_file import TerminalLog
from app.terminal.output import Output, one_line, standard_output
from app.terminal.session import Session
from engine.errors import ErrorCode, LacunaError
from engine.roles import handlers_of

_RUN_FAILED, _BAD_INPUT = 1, 2
_BROKEN_PIPE = 141  # the exit status that shells give for SIGPIPE
_INPUT_CODES = frozenset(
    {
        ErrorCode.USAGE,
        ErrorCode.MODEL_MISSING,
        ErrorCode.MODEL_INVALID,
        ErrorCode.UNSUPPORTED,
        ErrorCode.PROMPT_TOO_LONG,
        ErrorCode.FILE_UNREADABLE,
        ErrorCode.PROJECT_UNREADABLE,
    }
)
_TERMINAL_COMMANDS = {
    "ask": (ask, "ask a question, also about a folder"),
    "fill": (fill, "fill the gap between two texts"),
    "complete": (complete, "continue the text on standard input"),
    "project": (project, "show what a folder costs in tokens, and what the model would see of it"),
    "prompt": (prompt, "write the exact token ids of prompts"),
    "bench": (bench, "measure this computer beside transformers' generate() on the same weights"),
    "self-test": (self_test, "load the starter model, answer once, fill once"),
}
_COMMANDS = {*_TERMINAL_COMMANDS, "open", "models", "tour"}

Command = Callable[[argparse.Namespace, Output], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0, 1 if the run failed, 2 if the input is at fault."""
    arguments = _parser().parse_args(with_open(sys.argv[1:] if argv is None else argv))
    output = standard_output(as_json=arguments.as_json, verbose=arguments.verbose)
    command: Command = arguments.command
    return _exit_code(output, partial(command, arguments, output))


def with_open(argv: Sequence[str]) -> list[str]:
    """The arguments, with `open` inserted if a path stands in a command's place, as in `lacuna .`."""
    words = list(argv)
    position = 0
    while position < len(words) and words[position].startswith("-"):
        position += 2 if words[position] in ("--profile", "--model") else 1
    if position < len(words) and words[position] not in _COMMANDS and os.path.lexists(words[position]):
        words.insert(position, "open")
    return words


def _exit_code(output: Output, run: Callable[[], int]) -> int:
    """The exit code of `run`, or that of its failure, which is reported on standard error."""
    try:
        return run()
    except LacunaError as error:
        output.error(error.report.text)
        return _BAD_INPUT if error.report.code in _INPUT_CODES else _RUN_FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        output.abandon()
        return _BROKEN_PIPE


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser that reports an error in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(_BAD_INPUT, one_line(f"{self.prog}: {message}. See {self.prog} --help.") + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="lacuna",
        description="Talk with a code model on your own machine. Without a command a window opens.",
        epilog="Exit codes: 0, 1 where the run failed, 2 where the input is at fault, 130 after Ctrl+C or SIGTERM.",
    )
    parser.add_argument("--version", action="version", version=f"lacuna {__version__}")
    parser.set_defaults(command=_open_window, profile=None, model=None, as_json=False, verbose=False, paths=[])
    _add_common_options(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    opening = commands.add_parser("open", help="open files and folders in the window")
    opening.add_argument("paths", nargs="*", metavar="PATH")
    _add_common_options(opening)
    for name, (module, summary) in _TERMINAL_COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        module.add_options(command)
        command.add_argument("--json", dest="as_json", action="store_true", help="write one JSON object a line")
        _add_common_options(command)
        command.set_defaults(command=partial(_run_in_terminal, module.run))
    models = commands.add_parser("models", help="list the models and what fits here", description=list_models.__doc__)
    list_models.add_options(models)
    _add_common_options(models)
    models.set_defaults(command=partial(_run_in_terminal, list_models.run))
    actions = models.add_subparsers(metavar="get, free", parser_class=_Parser)
    for name, action, summary in (
        ("get", fetch_model, "download a checkpoint, or go on with a download"),
        ("free", free_copies, "list the 4-bit copies that were kept, or remove some"),
    ):
        command = actions.add_parser(name, help=summary, description=action.__doc__)
        action.add_options(command)
        _add_common_options(command)
        command.set_defaults(command=partial(_run_in_terminal, action.run))
    tour = commands.add_parser("tour", help="drive the window without a display and save pictures of it")
    tour.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the pictures go")
    _add_common_options(tour)
    tour.set_defaults(command=_run_tour)
    return parser


def _add_common_options(parser: argparse.ArgumentParser) -> None:
    """Options that may stand before and after the command. Only the main parser has their defaults."""
    suppress = argparse.SUPPRESS
    parser.add_argument("--profile", type=Path, default=suppress, metavar="DIR", help="keep everything below DIR")
    parser.add_argument("--model", type=Path, default=suppress, metavar="PATH", help="model folder or GGUF file to use")
    parser.add_argument("--verbose", action="store_true", default=suppress, help="notes on standard error")


def _run_in_terminal(
    run: Callable[[argparse.Namespace, Session], int], arguments: argparse.Namespace, output: Output
) -> int:
    profile = _profile_of(arguments)
    with TerminalLog(profile.logs):
        settings = SettingsStore(profile.settings_file).load()
        model_folder = _model_of(arguments) or Path(settings.model_folder or starter_folder())
        handlers = partial(handlers_of, journal=profile.reader_journal)
        session = Session(output, profile, settings, model_folder, handlers)
        code = _exit_code(output, partial(run, arguments, session))
        if not session.close():
            # A worker is still inside a native call, and an orderly interpreter shutdown would crash it.
            os._exit(code)
    return code


def _open_window(arguments: argparse.Namespace, output: Output) -> int:
    for path in arguments.paths:
        if not os.path.lexists(path):
            raise LacunaError(ErrorCode.USAGE, f"There is no file or folder {path}.", "Check the path.")
    if reason := why_no_display(os.environ):
        output.error(reason)
        return _RUN_FAILED
    profile = _profile_of(arguments)
    profile.create()
    with _qt_loads():
        from app.window.start import run_window
    return run_window(profile, _model_of(arguments), [os.path.abspath(path) for path in arguments.paths])


def _run_tour(arguments: argparse.Namespace, output: Output) -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with contextlib.ExitStack() as stack:
        if arguments.profile is None:  # the tour must not write into the person's chats
            arguments.profile = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lacuna-tour-")))
        profile = _profile_of(arguments)
        profile.create()
        with _qt_loads():
            from app.tour import run_tour
        return run_tour(arguments.out, profile, _model_of(arguments))


def _profile_of(arguments: argparse.Namespace) -> Profile:
    return Profile.of_user() if arguments.profile is None else Profile.below(arguments.profile)


def _model_of(arguments: argparse.Namespace) -> Path | None:
    return None if arguments.model is None else arguments.model.absolute()


@contextlib.contextmanager
def _qt_loads() -> Iterator[None]:
    """Import the window; a missing system library of Qt is reported in a sentence."""
    try:
        yield
    except ImportError as error:
        if ".so" not in str(error):
            raise
        raise LacunaError(
            ErrorCode.INTERNAL,
            f"The window can't be opened: a system library is missing ({error}).",
            "README.md names the packages that Qt needs; `make run` in a checkout installs or names them.",
        ) from None

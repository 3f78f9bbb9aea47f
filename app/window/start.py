"""Runs the window: one per profile, with logs, and a mark by which the next start detects a crash."""

import contextlib
import logging
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from app import __version__
from app.host.identity import APP_ID, APP_NAME
from app.host.profile import Profile
from app.models.first_load import first_load
from app.models.loading_mark import LoadingMark
from app.models.notices import offered
from app.models.starter import is_starter, resources_folder
from app.window.end_signals import EndSignals
from app.window.logs import LogFiles, UnhandledHooks
from app.window.program import Program, build_program
from app.window.single_instance import SingleInstance
from ui.parts.notice import Level, Notice
from ui.theme.fonts import load_fonts

_log = logging.getLogger(__name__)


def run_window(profile: Profile, model_folder: Path | None, paths: Sequence[str]) -> int:
    """Open the window and run until it is closed; returns the exit code. A second start only hands its paths over."""
    application = make_application()
    instance = SingleInstance(profile.state)
    if not instance.claim() and instance.hand_over(list(paths)):
        return 0
    logs = LogFiles(profile.logs)
    program = build_program(application, profile)
    instance.paths_received.connect(program.opening.open_paths)
    instance.paths_received.connect(program.window.activateWindow)
    with UnhandledHooks(partial(_show_failure, program)):
        was_crash = profile.running_mark.exists()
        signals = EndSignals(program.window.close, application)  # before the mark: to be ended early is no crash
        _mark_running(profile)
        start_program(program, profile, model_folder, paths, was_crash=was_crash)
        code = application.exec()
        signals.close()
        program.close()
    with contextlib.suppress(OSError):  # the disk may have become read-only
        profile.running_mark.unlink(missing_ok=True)
    instance.release()
    logs.close()
    return code


def _mark_running(profile: Profile) -> None:
    """Write the mark; if that fails, only the offer after a crash is lost."""
    try:
        profile.running_mark.touch(mode=0o600)
    except OSError as error:
        _log.warning("a crash of this run will not be noticed (%s)", error.strerror)


def make_application() -> QApplication:
    """The one QApplication, named as the desktop file names it."""
    QApplication.setDesktopFileName(APP_ID)
    application = QApplication(sys.argv[:1])
    application.setApplicationName(APP_NAME)
    application.setApplicationVersion(__version__)
    load_fonts(resources_folder() / "fonts")
    application.setWindowIcon(QIcon(str(resources_folder() / "desktop" / "lacuna.svg")))
    return application


def start_program(
    program: Program, profile: Profile, model_folder: Path | None, paths: Sequence[str], *, was_crash: bool
) -> None:
    """Load the requested model, else the last one; after an unclean end the last model is only offered."""
    mark = LoadingMark(profile.loading_mark)
    was_loading = mark.read()
    if was_loading and is_starter(Path(was_loading)):
        was_loading = ""  # nothing to be cautious of: the fallback is the starter itself
    mark.clear()
    first = first_load(
        model_folder, program.settings.settings.model_folder, was_crash=was_crash, was_loading=was_loading
    )
    program.start(first.folder, paths)
    if first.offered:
        program.window.notices.show_notice(offered(first.offered, first.sentence, program.chosen_model.load))


def _show_failure(program: Program, sentence: str) -> None:
    """Something that nobody handled (app/window/logs.py)."""
    notice = Notice("unhandled", Level.ERROR, sentence, "If it keeps happening, restart Lacuna.")
    program.window.notices.show_notice(notice)

"""Unhandled failures reach the log and a sentence; the hooks leave no trace when they are gone."""

import logging
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import qWarning

from app.window.logs import LogFiles, UnhandledHooks


@pytest.mark.usefixtures("expect_errors")
@pytest.mark.qt_no_exception_capture
def test_unhandled_exception_is_logged_and_told(tmp_path: Path) -> None:
    earlier = sys.excepthook
    told: list[str] = []
    files = LogFiles(tmp_path)
    with UnhandledHooks(told.append):
        try:
            raise ValueError("secret text")
        except ValueError as error:
            sys.excepthook(ValueError, error, error.__traceback__)
    files.close()
    assert sys.excepthook is earlier
    assert told == ["Something failed inside Lacuna (ValueError). Your text is kept; the log has details."]
    assert "Traceback" in (tmp_path / "window.log").read_text()


@pytest.mark.usefixtures("expect_errors")
def test_failure_on_a_thread_names_the_thread(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("no")

    with UnhandledHooks(lambda _: None):
        thread = threading.Thread(target=fail, name="receiver")
        thread.start()
        thread.join()
    assert "unhandled in thread receiver" in caplog.text


def test_qt_messages_become_log_records(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), UnhandledHooks(lambda _: None):
        qWarning("a warning of Qt")
    assert "a warning of Qt" in caplog.text

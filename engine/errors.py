"""The error tree: a failure as the person reads it, and as plain data that crosses a process border.

An exception object never crosses a border or outlives its handler: its traceback keeps frames alive, and so tensors.
"""

from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """Kinds of failure that callers tell apart; the words for the person are in the report."""

    MODEL_MISSING = "model_missing"
    MODEL_INVALID = "model_invalid"
    MODEL_NOT_LOADED = "model_not_loaded"
    UNSUPPORTED = "unsupported"
    OUT_OF_MEMORY = "out_of_memory"
    PROMPT_TOO_LONG = "prompt_too_long"
    FILE_UNREADABLE = "file_unreadable"
    FILE_NOT_SAVED = "file_not_saved"
    PROJECT_UNREADABLE = "project_unreadable"
    DOWNLOAD = "download"
    USAGE = "usage"
    PROCESS_GONE = "process_gone"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """A failure as plain data.

    `sentence` says what happened and what it means, `next_step` what the person can do; `detail` is for the log.
    """

    code: ErrorCode
    sentence: str
    next_step: str = ""
    detail: str = ""

    @property
    def text(self) -> str:
        """Sentence and next step as one line of plain text."""
        return f"{self.sentence} {self.next_step}".strip()


class LacunaError(Exception):
    """An expected failure. The nearest process border turns it into its ErrorReport."""

    def __init__(self, code: ErrorCode, sentence: str, next_step: str = "", detail: str = "") -> None:
        super().__init__(sentence)
        self.report = ErrorReport(code, sentence, next_step, detail)

    def __reduce__(self) -> tuple[type["LacunaError"], tuple[ErrorCode, str, str, str]]:
        report = self.report
        return LacunaError, (report.code, report.sentence, report.next_step, report.detail)

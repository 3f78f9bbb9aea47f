"""Reads a folder in this process and packs it for a question, as the window's reader does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.terminal.session import Session
from engine.errors import ErrorCode, LacunaError
from engine.messages.jobs import Event, Role
from engine.messages.project import (
    FileRow,
    FilesRead,
    PackProject,
    ProjectPacked,
    ProjectRead,
    ReadProject,
    UseTokenizer,
)
from engine.messages.prompts import ChatWording, PromptFormat, Turn
from engine.settings import answer_room


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that was read: its rows by path, and the totals."""

    rows: dict[str, FileRow]
    read: ProjectRead


def read_folder(session: Session, root: str, tokenizer: Path) -> Folder:
    """Scan and count a folder with a model's tokenizer. Raises LacunaError PROJECT_UNREADABLE and others."""
    jobs = session.jobs(Role.READER)
    session.do(Role.READER, UseTokenizer(jobs.new_id(), str(tokenizer)))
    events = session.do(Role.READER, ReadProject(jobs.new_id(), root))
    read = next((event for event in events if isinstance(event, ProjectRead)), None)
    if read is None:
        raise LacunaError(ErrorCode.INTERNAL, "The folder was read, but nothing was said about it.")
    for fault in read.faults:
        session.output.note(fault)
    return Folder(_rows(events), read)


def pack_folder(
    session: Session,
    folder: Folder,
    turns: Sequence[Turn],
    system: str,
    prompt_format: PromptFormat,
    context_tokens: int,
    max_tokens: int,
    wording: ChatWording | None,
) -> ProjectPacked:
    """Pack the folder for the last of the turns, with room left for an answer. Rows of edited files are replaced."""
    reserve_tokens = answer_room(max_tokens, context_tokens)
    job_id = session.jobs(Role.READER).new_id()
    request = PackProject(job_id, tuple(turns), system, prompt_format, context_tokens, reserve_tokens, wording)
    events = session.do(Role.READER, request)
    folder.rows.update(_rows(events))
    for event in events:
        if isinstance(event, ProjectPacked):
            return event
    raise LacunaError(ErrorCode.INTERNAL, "The folder was packed, but nothing came of it.")


def _rows(events: Iterable[Event]) -> dict[str, FileRow]:
    return {row.path: row for event in events if isinstance(event, FilesRead) for row in event.rows}

"""`lacuna project`: a folder file by file: tokens, whether the gate let it pass, whether the model would see it."""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from app.models.starter import is_starter
from app.terminal.folder import pack_folder, read_folder
from app.terminal.output import Output
from app.terminal.session import Session
from engine.messages.project import FileRow, ProjectPacked
from engine.messages.prompts import PromptFormat, Speaker, Turn
from engine.models.inspection import inspect_folder

# A question that names nothing in particular.
_QUESTION = Turn(Speaker.USER, "What is this project?")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list. `included`: passed the gate; `packed`: in the prompt, whole or in part."""

    path: str
    tokens: int
    included: bool
    packed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Totals:
    """`tokens` of all included files; `prompt_tokens` of the prompt, with outline and line numbers."""

    files: int
    included: int
    packed: int
    tokens: int
    prompt_tokens: int
    context_tokens: int
    faults: tuple[str, ...]


def add_options(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("folder", metavar="DIR", help="the folder")


def run(arguments: Namespace, session: Session) -> int:
    """Write the list. Raises LacunaError."""
    model = inspect_folder(session.model_folder, is_starter=is_starter(session.model_folder))
    folder = read_folder(session, arguments.folder, model.vocabulary.path)
    prompt_format, context_tokens = model.identity.prompt_format, session.context_of(model)
    pack = None
    if prompt_format is PromptFormat.COMPLETION:
        session.output.note(f"{model.identity.name} has no chat, so nothing of a folder reaches it.")
    else:
        system, max_tokens = session.settings.system_prompt, session.settings.chat.max_tokens
        room = (context_tokens, max_tokens)
        pack = pack_folder(session, folder, (_QUESTION,), system, prompt_format, *room, model.identity.wording)
    entries = bill(folder.rows, pack)
    sums = totals(entries, pack, context_tokens, folder.read.faults)
    if session.output.as_json:
        for entry in entries:
            session.output.record(asdict(entry))
        session.output.record({"totals": asdict(sums)})
    else:
        _write_table(session.output, entries, sums)
    return 0


def bill(rows: Mapping[str, FileRow], pack: ProjectPacked | None) -> list[Entry]:
    """A line for each row, in byte order of the paths, with the reason if an included file is not packed."""
    packed = {span.path for span in pack.packed.spans} if pack is not None else set()
    partial = set(pack.partial) if pack is not None else set()
    entries = []
    for path in sorted(rows, key=os.fsencode):
        row = rows[path]
        reason = row.reason
        if path in partial:
            reason = "only a part fits this model's context"
        elif row.included and path not in packed:
            reason = "does not fit this model's context" if pack is not None else "this model has no chat"
        entries.append(Entry(path, row.tokens or 0, row.included, path in packed, reason))
    return entries


def totals(
    entries: Sequence[Entry], pack: ProjectPacked | None, context_tokens: int, faults: tuple[str, ...]
) -> Totals:
    """The totals of the list."""
    files = [entry for entry in entries if not entry.path.endswith("/")]  # others: folders that were not entered
    return Totals(
        files=len(files),
        included=sum(entry.included for entry in files),
        packed=sum(entry.packed for entry in files),
        tokens=sum(entry.tokens for entry in files if entry.included),
        prompt_tokens=pack.packed.tokens if pack is not None else 0,
        context_tokens=context_tokens,
        faults=faults,
    )


def _write_table(output: Output, entries: Sequence[Entry], sums: Totals) -> None:
    """A table line, tokens right-aligned. "+": in the prompt; "-": passed the gate only; blank: left out."""
    width = max([len(f"{entry.tokens:,}") for entry in entries if entry.included], default=0)
    for entry in entries:
        tokens = f"{entry.tokens:,}" if entry.included else ""
        mark = "+" if entry.packed else "-" if entry.included else " "
        reason = f"  ({entry.reason})" if entry.reason else ""
        name = entry.path.replace("\n", "\\n").replace("\r", "\\r")  # names may contain line ends
        output.line(f"{tokens:>{width}} {mark} {name}{reason}")
    output.line(
        f"{sums.tokens:,} tokens in {sums.included} of {sums.files} files; {sums.packed} of them are in the prompt, "
        f"where they take {sums.prompt_tokens:,} of this model's {sums.context_tokens:,} tokens."
    )

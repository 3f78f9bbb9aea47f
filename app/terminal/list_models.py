"""`lacuna models`: this computer's hardware and the models with their fit, as in the Models dialog."""

import shutil
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator

from app.models.advice import context_note, recommend
from app.models.folders import find_models, starter_parameters
from app.models.machine_words import machine_facts
from app.models.model_rows import RowFacts, rows_of
from app.models.starter import starter_folder
from app.terminal.session import Session
from engine.messages.machine import MachineFacts
from engine.model_plans import DownloadStage, DownloadState
from engine.model_rows import FactMark, ModelRow
from engine.models.downloads import list_downloads
from engine.settings import Settings
from engine.shown import size

_NAME_LETTERS, _FIT_LETTERS, _SIZE_LETTERS, _SCORE_LETTERS = 28, 13, 10, 10


def add_options(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument(
        "--context", type=_tokens, metavar="TOKENS", help="with how much context they should fit (as in the window)"
    )
    parser.add_argument("--json", dest="as_json", action="store_true", help="write one JSON object a line")


def run(arguments: Namespace, session: Session) -> int:
    """Inspect this computer and the model folders, and write a line for each model. Raises LacunaError."""
    machine = session.probe()
    facts = _facts(session, machine, arguments.context or session.settings.context_tokens)
    rows = rows_of(facts)
    if session.output.as_json:
        for row in rows:
            session.output.record(_record(row))
    else:
        for line in (*_machine_lines(session, machine), "", *_table(rows, facts.context_tokens)):
            session.output.line(line.rstrip())
    return 0


def _tokens(text: str) -> int:
    """A context length within the settings' limits."""
    try:
        return Settings(context_tokens=int(text)).context_tokens
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no number of tokens") from None


def _facts(session: Session, machine: MachineFacts, context_tokens: int) -> RowFacts:
    profile, settings = session.profile, session.settings
    found = find_models(profile.models, settings.added_folders, profile.quantized)
    downloads = {
        download.repo_id: DownloadState(
            download.repo_id, DownloadStage.PAUSED, download.done_bytes, download.total_bytes, is_paused=True
        )
        for download in list_downloads(profile.models)
    }
    return RowFacts(
        starter=starter_folder(),
        starter_parameters=starter_parameters(starter_folder()),
        folders=found.folders,
        left_over=found.left_over,
        downloads=downloads,
        machine=machine,
        context_tokens=context_tokens,
        defaults={row.folder: row for row in settings.model_defaults},
    )


def _machine_lines(session: Session, machine: MachineFacts) -> Iterator[str]:
    try:
        free_bytes = shutil.disk_usage(session.profile.models).free
    except OSError:
        free_bytes = 0
    for fact in machine_facts(machine, free_bytes):
        mark = "!" if fact.mark is FactMark.WARN else " "
        yield f"{mark} {fact.word:<10} {fact.sentence}"
    advised = recommend(machine)
    yield f"  {'Begin with':<10} {advised.name}. {advised.sentence} {' '.join(advised.warnings)}"


def _table(rows: tuple[ModelRow, ...], context_tokens: int) -> Iterator[str]:
    yield f"With {context_tokens:,} tokens of context. {context_note(context_tokens)}"
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            yield ""
            yield _line((section, "fit", "download", "in 4 bits", "HumanEval", "state"))
        download, weights = (size(count) if count else "" for count in (row.download_bytes, row.weights_bytes))
        mark = " *" if row.is_recommended else ""
        yield _line((f"  {row.name}{mark}", row.fit_words, download, weights, row.score, row.state.value))
        if row.fault:
            yield f"    {row.fault}"


def _line(cells: tuple[str, str, str, str, str, str]) -> str:
    name, fit, download, weights, score, state = cells
    return (
        f"{name:<{_NAME_LETTERS}}{fit:<{_FIT_LETTERS}}{download:>{_SIZE_LETTERS}}{weights:>{_SIZE_LETTERS}}"
        f"{score:>{_SCORE_LETTERS}}  {state}"
    )


def _record(row: ModelRow) -> dict[str, object]:
    return {
        "id": row.key,
        "name": row.title,
        "fit": row.fit.value if row.fit else None,
        "fit_sentence": row.fit_sentence,
        "download_bytes": row.download_bytes,
        "weights_bytes": row.weights_bytes,
        "state": row.state.value,
        "folder": row.folder,
        "fault": row.fault,
        "warnings": list(row.warnings),
        "is_recommended": row.is_recommended,
        "facts": dict(row.facts),
    }

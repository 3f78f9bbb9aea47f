"""`lacuna models get`: downloads a checkpoint once its licence is accepted; resumes a download that was cut off."""

import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from pathlib import Path

from app.models.accepted_licences import AcceptedLicences
from app.terminal.answer import INTERRUPTED
from app.terminal.session import Session
from engine.errors import ErrorCode, LacunaError
from engine.messages.downloads import Fetched, FetchModel
from engine.messages.generation import Stop
from engine.messages.jobs import Finished, Progress, Role
from engine.model_plans import DownloadStage, Licence
from engine.models.catalogue import CHECKPOINTS
from engine.models.downloads import read_download
from engine.models.licences import licence_of
from engine.shown import duration, size

_OWNER = "codellama"  # this mirror needs no account; meta-llama's repositories do


def add_options(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("id", metavar="ID", help="7b-instruct, 34b-python, ..., or a repository OWNER/NAME")
    parser.add_argument("--revision", default="main", metavar="R", help="a branch, tag or commit (main)")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where it goes, if not to the other models")
    parser.add_argument("--accept-licence", action="store_true", help="you have read and accept the model's licence")
    parser.add_argument("--json", dest="as_json", action="store_true", default=SUPPRESS, help="write JSON lines")


def run(arguments: Namespace, session: Session) -> int:
    """Download, and print the folder. Raises LacunaError."""
    repo_id = repository_of(arguments.id)
    licence = licence_of(repo_id)
    _accept(session, licence, repo_id, is_given=arguments.accept_licence)
    folder = (arguments.folder or session.profile.models / repo_id.rpartition("/")[2]).absolute()
    jobs = session.jobs(Role.FETCHER)
    request = FetchModel(jobs.new_id(), repo_id, arguments.revision, str(folder), licence.name)
    session.output.note(f"{repo_id} goes to {folder}.")
    last = _Last()
    for event in jobs.run(request):
        match event:
            case Progress():
                _show(session, event, last)
            case Fetched():
                _tell(session, event, licence)
            case Finished(stop=Stop.CANCELLED):
                session.output.error(_how_to_go_on(arguments.id, folder))
                return INTERRUPTED
    return 0


def repository_of(id: str) -> str:
    """The repository of an id: "7b-instruct", a catalogue id, or "owner/name" itself. LacunaError for anything else."""
    if "/" in id:
        return id
    known = {_short(checkpoint.id): checkpoint.id for checkpoint in CHECKPOINTS}
    found = known.get(_short(id))
    if found is None:
        raise LacunaError(
            ErrorCode.USAGE,
            f"There is no checkpoint {id}.",
            f"Known are {', '.join(known)}; any other one is named OWNER/NAME.",
        )
    return f"{_OWNER}/{found}"


def words(progress: Progress) -> str:
    """A download's progress on one line: stage, amount, rate, time left."""
    if progress.stage != DownloadStage.DOWNLOADING:
        return " ".join(part for part in (progress.stage, progress.detail) if part)
    line = f"{size(progress.done)} of {size(progress.total)}"
    if progress.rate > 0:
        line += f", {size(round(progress.rate))}/s, {duration((progress.total - progress.done) / progress.rate)} left"
    return f"{line}  {progress.detail}"


class _Last:
    """Writes JSON lines of progress: one for each stage and whole percent, not for each event."""

    def __init__(self) -> None:
        self._shown: tuple[str, int] | None = None

    def is_new(self, progress: Progress) -> bool:
        percent = 100 * progress.done // progress.total if progress.total else 0
        before, self._shown = self._shown, (progress.stage, percent)
        return before != self._shown


def _show(session: Session, progress: Progress, last: _Last) -> None:
    if session.output.as_json and last.is_new(progress):
        session.output.record(
            {
                "event": "progress",
                "stage": progress.stage,
                "done_bytes": progress.done,
                "total_bytes": progress.total,
                "bytes_per_s": round(progress.rate),
            }
        )
    session.output.status(words(progress))


def _tell(session: Session, fetched: Fetched, licence: Licence) -> None:
    if session.output.as_json:
        session.output.record(
            {
                "event": "fetched",
                "folder": fetched.folder,
                "repo_id": fetched.repo_id,
                "revision": fetched.revision,
                "licence": licence.name,
            }
        )
    else:
        session.output.line(fetched.folder)
    session.output.note(f"Checked, at commit {fetched.revision}. {licence.badge}".strip())


def _accept(session: Session, licence: Licence, repo_id: str, *, is_given: bool) -> None:
    """Make sure that the licence is accepted: by an earlier acceptance, an option, or by asking. LacunaError if not."""
    accepted = AcceptedLicences(session.profile.licences_file)
    if accepted.when(licence.name):
        return
    for line in licence_lines(licence, repo_id):
        session.output.note(line)
    if not is_given and not _says_yes(session):
        raise LacunaError(
            ErrorCode.USAGE,
            f"The {licence.name} has not been accepted.",
            f"Read it at {licence.address}, and give --accept-licence if you accept it.",
        )
    accepted.accept(licence.name)


def licence_lines(licence: Licence, repo_id: str) -> list[str]:
    """The lines that show a licence before a download."""
    lines = [f"{repo_id} is given out under its own terms: {licence.name}, {licence.address}"]
    if licence.policy_address:
        lines.append(f"Its acceptable use policy: {licence.policy_address}")
    lines += [f"- {sentence}" for sentence in licence.summary]
    lines += [text for text in (licence.attribution, licence.badge) if text]
    return lines


def _says_yes(session: Session) -> bool:
    """Ask, if both sides are a terminal, so that somebody can read and answer."""
    if not (session.output.is_watched and sys.stdin.isatty()):
        return False
    session.output.note("Have you read them, and do you accept them? Type yes:")
    return sys.stdin.readline().strip().lower() == "yes"


def _how_to_go_on(id: str, folder: Path) -> str:
    found = read_download(folder)
    if found is None or not found.done_bytes:
        return "Stopped; nothing has arrived yet."
    kept = f"{size(found.done_bytes)} of {size(found.total_bytes)}"
    return f"Stopped; {kept} are kept. The same command goes on from there: lacuna models get {id}"


def _short(id: str) -> str:
    return id.lower().removeprefix("codellama-").removesuffix("-hf")

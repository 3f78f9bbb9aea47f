"""`lacuna ask`: answers one question, about a folder if one is named, as text or JSON lines."""

import sys
from argparse import ArgumentParser, Namespace

from app.terminal.answer import stream
from app.terminal.folder import pack_folder, read_folder
from app.terminal.inputs import read_standard_input
from app.terminal.sampling_options import add_sampling_options, sampling_of
from app.terminal.session import Session
from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Chat
from engine.messages.jobs import Role
from engine.messages.project import ProjectPacked
from engine.messages.prompts import Speaker, Turn
from engine.models.inspection import inspect_folder

_SHOWN_NAMES = 5


def add_options(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("question", nargs="?", metavar="QUESTION", help="the question; - reads it from standard input")
    parser.add_argument("--project", metavar="DIR", help="a folder that the question is about")
    parser.add_argument("--logprobs", action="store_true", help="with --json: each token's log-probability")
    add_sampling_options(parser)


def run(arguments: Namespace, session: Session) -> int:
    """Answer the question. Raises LacunaError."""
    sampling = sampling_of(arguments, session.settings.chat)
    turns = (Turn(Speaker.USER, _question(arguments.question)),)
    system = session.settings.system_prompt
    folder = None
    if arguments.project is not None:  # before the weights, since a fault of the folder shows within a moment
        vocabulary = inspect_folder(session.model_folder).vocabulary
        folder = read_folder(session, arguments.project, vocabulary.path)
    model = session.load_model()
    packed = None
    if folder is not None:
        room = (model.context_tokens, sampling.max_tokens)
        pack = pack_folder(session, folder, turns, system, model.prompt_format, *room, model.wording)
        _note_pack(session, pack)
        packed = pack.packed
    job_id = session.jobs(Role.ENGINE).new_id()
    return stream(session, Chat(job_id, turns, system, packed, sampling))


def _question(given: str | None) -> str:
    """The question from the command line or standard input. Raises LacunaError USAGE if it is empty."""
    if given is None and sys.stdin.isatty():
        raise LacunaError(ErrorCode.USAGE, "There is no question.", 'Write one: lacuna ask "..."')
    question = read_standard_input() if given is None or given == "-" else given
    if not question.strip():
        raise LacunaError(ErrorCode.USAGE, "The question is empty.", 'Write one: lacuna ask "..."')
    return question


def _note_pack(session: Session, pack: ProjectPacked) -> None:
    """Report how much of the folder the model sees, and name the first files that it doesn't."""
    whole = len({span.path for span in pack.packed.spans} - set(pack.partial))
    session.output.note(
        f"The model sees {pack.packed.tokens:,} tokens of the folder: {whole} files whole, "
        f"{len(pack.partial)} in part, {len(pack.left_out)} not."
    )
    if pack.left_out:
        more = ", ..." if len(pack.left_out) > _SHOWN_NAMES else ""
        session.output.note(f"Left out for want of room: {', '.join(pack.left_out[:_SHOWN_NAMES])}{more}")

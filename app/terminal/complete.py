"""`lacuna complete`: continues the text on standard input, as base models do."""

from argparse import ArgumentParser, Namespace

from app.terminal.answer import stream
from app.terminal.inputs import read_standard_input
from app.terminal.sampling_options import add_sampling_options, sampling_of
from app.terminal.session import Session
from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Complete
from engine.messages.jobs import Role


def add_options(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--logprobs", action="store_true", help="with --json: each token's log-probability")
    add_sampling_options(parser)


def run(arguments: Namespace, session: Session) -> int:
    """Write only the continuation. Raises LacunaError."""
    sampling = sampling_of(arguments, session.settings.chat)
    text = read_standard_input()
    if not text:
        raise LacunaError(
            ErrorCode.USAGE, "There is no text on standard input.", "Give it one: lacuna complete < file.py"
        )
    session.load_model()
    return stream(session, Complete(session.jobs(Role.ENGINE).new_id(), text, sampling))

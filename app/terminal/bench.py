"""`lacuna bench`: measures our engine beside transformers' generate() on the same weights and computer."""

from argparse import Namespace

from app.bench.run import add_options, run_bench
from app.models.starter import is_starter, starter_folder
from app.terminal.session import Session

__all__ = ["add_options", "run"]


def run(arguments: Namespace, session: Session) -> int:
    """Print each row once it is measured. Raises LacunaError."""
    chosen = arguments.model
    folder = None if chosen is None or is_starter(chosen) else chosen
    run_bench(arguments, starter_folder(), folder, session.output.line, as_json=session.output.as_json)
    return 0

"""`lacuna bench`: measures our engine beside transformers' generate() on the same weights and computer.

What measures is in the source alone: an installed program has this module and no `app.bench`.
"""

from argparse import Namespace
from importlib.util import find_spec

from app.bench_options import add_options
from app.models.starter import is_starter, starter_folder
from app.terminal.session import Session
from engine.errors import ErrorCode, LacunaError

__all__ = ["add_options", "run"]


def run(arguments: Namespace, session: Session) -> int:
    """Print a row as soon as it is measured. Raises LacunaError, UNSUPPORTED where the benchmark is not installed."""
    if find_spec("app.bench") is None:
        raise LacunaError(
            ErrorCode.UNSUPPORTED,
            "The benchmark is not part of the installed program.",
            "It comes with Lacuna's source: run `make bench` there.",
        )
    from app.bench.run import run_bench

    chosen = arguments.model
    folder = None if chosen is None or is_starter(chosen) else chosen
    run_bench(arguments, starter_folder(), folder, session.output.line, as_json=session.output.as_json)
    return 0

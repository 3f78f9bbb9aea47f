"""`python -m app.bench`: the benchmark alone, for a machine that has no Qt."""

import argparse
import sys
from pathlib import Path

from app.bench.run import run_bench
from app.bench_options import add_options
from app.models.starter import starter_folder
from engine.errors import LacunaError


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Measure and print. The exit code is 0 unless a measurement failed; figures decide nothing."""
    parser = argparse.ArgumentParser(prog="python -m app.bench", description=__doc__)
    add_options(parser)
    parser.add_argument("--model", type=Path, metavar="DIR", help="a model folder to measure instead")
    parser.add_argument("--json", dest="as_json", action="store_true", help="JSON lines instead of a table")
    arguments = parser.parse_args()
    try:
        run_bench(arguments, starter_folder(), arguments.model, _say, as_json=arguments.as_json)
    except LacunaError as error:
        sys.stderr.write(error.report.text + "\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

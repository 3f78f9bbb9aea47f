"""The benchmark's options, which the command line has even if the benchmark is not installed."""

from argparse import ArgumentParser
from pathlib import Path


def add_options(parser: ArgumentParser) -> None:
    """Add the benchmark's options."""
    parser.add_argument("--only", action="append", metavar="PART", help="measure this part only; can be repeated")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to measure")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write JSON lines to FILE as well")
    parser.add_argument(
        "--llama-python", type=Path, metavar="PATH", help="the Python of an environment with llama-cpp-python"
    )

"""The options that say how an answer is drawn, shared by the commands that make text."""

from argparse import ArgumentParser, Namespace
from dataclasses import replace

from engine.errors import ErrorCode, LacunaError
from engine.settings import Sampling


def add_sampling_options(parser: ArgumentParser) -> None:
    """Add --max-tokens, --temperature and --seed; what is not given comes from the person's settings."""
    parser.add_argument("--max-tokens", type=int, metavar="N", help="how long the answer may get, in tokens")
    parser.add_argument("--temperature", type=float, metavar="T", help="0 takes the likeliest token each time; up to 5")
    parser.add_argument("--seed", type=int, metavar="S", help="the same number gives the same answer")


def sampling_of(arguments: Namespace, default: Sampling) -> Sampling:
    """The sampling that was asked for. Raises LacunaError USAGE where a value is out of its limits."""
    given = {name: getattr(arguments, name) for name in ("max_tokens", "temperature", "seed")}
    try:
        return replace(default, **{name: value for name, value in given.items() if value is not None})
    except ValueError as error:
        sentence = str(error)
        raise LacunaError(ErrorCode.USAGE, sentence[0].upper() + sentence[1:] + ".") from None

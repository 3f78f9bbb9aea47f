"""The sampling options, shared by the commands that generate text."""

from argparse import ArgumentParser, Namespace
from dataclasses import replace

from engine.errors import ErrorCode, LacunaError
from engine.settings import Sampling


def add_sampling_options(parser: ArgumentParser) -> None:
    """Add the options for sampling and stopping; defaults come from the person's settings."""
    parser.add_argument("--max-tokens", type=int, metavar="N", help="how long the answer may get, in tokens")
    parser.add_argument("--temperature", type=float, metavar="T", help="0 takes the likeliest token each time; up to 5")
    parser.add_argument("--top-p", type=float, metavar="P", help="draw among the likeliest tokens up to this mass")
    parser.add_argument("--top-k", type=int, metavar="K", help="draw among the K likeliest tokens; 0: no such limit")
    parser.add_argument("--repetition-penalty", type=float, metavar="R", help="above 1: repeat less; 1: no penalty")
    parser.add_argument("--stop", action="append", metavar="TEXT", help="end before this text; can be repeated")
    parser.add_argument("--seed", type=int, metavar="S", help="the same number gives the same answer")


def sampling_of(arguments: Namespace, default: Sampling) -> Sampling:
    """The requested sampling. Raises LacunaError USAGE if a value is out of its limits."""
    names = ("max_tokens", "temperature", "top_p", "top_k", "repetition_penalty", "seed")
    given = {name: getattr(arguments, name) for name in names}
    given["stop_strings"] = None if arguments.stop is None else tuple(arguments.stop)
    given["logprobs"] = getattr(arguments, "logprobs", None)
    try:
        return replace(default, **{name: value for name, value in given.items() if value is not None})
    except ValueError as error:
        sentence = str(error)
        raise LacunaError(ErrorCode.USAGE, sentence[0].upper() + sentence[1:] + ".") from None

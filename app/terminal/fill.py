"""`lacuna fill`: fills the gap between two texts, given as two files or as lines of standard input."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from app.documents.newlines import split_newlines
from app.terminal.answer import Answer, answer
from app.terminal.inputs import json_object, read_text_file
from app.terminal.sampling_options import add_sampling_options, sampling_of
from app.terminal.session import Session
from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Infill, Stop
from engine.messages.jobs import Role
from engine.messages.prompts import Order
from engine.settings import FillOrder, Sampling


def add_options(parser: ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--prefix-file", type=Path, metavar="F", help="what stands before the gap")
    parser.add_argument("--suffix-file", type=Path, metavar="F", help="what stands after the gap")
    parser.add_argument(
        "--jsonl",
        action="store_true",
        help='read {"id", "prefix", "suffix"} lines from standard input, write {"id", "middle", "stop"} lines; '
        "exit code 1 where a line could not be filled, with the reason in its answer",
    )
    parser.add_argument(
        "--order",
        choices=[str(order) for order in FillOrder],
        help="the prompt's layout; auto: by where the gap begins; default: as set in the window",
    )
    parser.add_argument(
        "--alternatives", type=int, default=1, metavar="N", help="so many different middles, with --json or --jsonl"
    )
    add_sampling_options(parser)


def run(arguments: Namespace, session: Session) -> int:
    """Fill the gap or the gaps. Raises LacunaError."""
    sampling = sampling_of(arguments, session.settings.fill)
    order = Order.of(session.settings.fill_order if arguments.order is None else FillOrder(arguments.order))
    files = (arguments.prefix_file, arguments.suffix_file)
    if arguments.alternatives != 1 and not (arguments.jsonl or session.output.as_json):
        raise LacunaError(ErrorCode.USAGE, "Several alternatives can be told apart in JSON only.", "Add --json.")
    if arguments.jsonl:
        if files != (None, None):
            raise LacunaError(ErrorCode.USAGE, "--jsonl reads its gaps from standard input, not from files.")
        return _fill_lines(session, order, sampling, arguments.alternatives)
    if None in files:
        raise LacunaError(
            ErrorCode.USAGE,
            "A gap has two sides: both --prefix-file and --suffix-file are needed.",
            "Use /dev/null for a side without text.",
        )
    prefix, suffix = map(read_text_file, files)
    session.load_model()
    return _fill_once(session, prefix, suffix, order, sampling, arguments.alternatives)


def _fill_once(
    session: Session, prefix: str, suffix: str, order: Order | None, sampling: Sampling, alternatives: int
) -> int:
    """Write the generated middle with the line ends of its surroundings; no final one is added."""
    ends = _LineEnds(prefix, suffix)
    request = Infill(session.jobs(Role.ENGINE).new_id(), prefix, suffix, order, sampling, alternatives)
    output = session.output
    if not output.as_json:
        whole = answer(session, request, lambda delta: output.text(ends.restore(delta.text)))
        if whole.stop in (Stop.LENGTH, Stop.CONTEXT):
            output.note(f"The fill did not come to its end by itself (stop: {whole.stop}).")
        return whole.exit_code
    whole = answer(session, request)
    output.record({**_middles(whole, ends), **whole.figures()})
    return whole.exit_code


def _middles(whole: Answer, ends: "_LineEnds") -> dict[str, object]:
    """The middle, followed by the other alternatives if several were requested."""
    middle = {"middle": ends.restore(whole.text)}
    return middle | ({"others": [ends.restore(other) for other in whole.others]} if whole.others else {})


def _fill_lines(session: Session, order: Order | None, sampling: Sampling, alternatives: int) -> int:
    """Answer each line with one line, as soon as it is read. A line that can't be filled doesn't stop the rest."""
    session.load_model()
    code = 0
    for line in sys.stdin.buffer:
        if not line.strip():
            continue
        gap_id: object = None
        try:
            gap = json_object(line)
            gap_id = gap.get("id")
            whole, middles = _fill_gap(session, gap, order, sampling, alternatives)
        except LacunaError as error:
            session.output.record({"id": gap_id, "middle": "", "stop": Stop.ERROR, "error": error.report.text})
            code = 1
            continue
        session.output.record({"id": gap_id, **middles, "stop": whole.stop})
        if whole.stop is Stop.CANCELLED:
            return whole.exit_code
    return code


def _fill_gap(
    session: Session, gap: dict[str, object], order: Order | None, sampling: Sampling, alternatives: int
) -> tuple[Answer, dict[str, object]]:
    """The answer's figures, and the middles with the gap's line ends."""
    prefix, suffix = gap.get("prefix"), gap.get("suffix")
    if not isinstance(prefix, str) or not isinstance(suffix, str):
        raise LacunaError(ErrorCode.USAGE, 'A gap needs "prefix" and "suffix", both strings.')
    request = Infill(session.jobs(Role.ENGINE).new_id(), prefix, suffix, order, sampling, alternatives)
    whole = answer(session, request)
    return whole, _middles(whole, _LineEnds(prefix, suffix))


class _LineEnds:
    """The most common line end around a gap. The model writes LF only, so its text is converted."""

    def __init__(self, prefix: str, suffix: str) -> None:
        self._common = split_newlines(prefix + suffix)[1].common

    def restore(self, text: str) -> str:
        """A delta of the middle, with converted line ends; deltas may be cut anywhere."""
        return text if self._common == "\n" else text.replace("\r", "").replace("\n", self._common)

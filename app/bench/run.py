"""Runs the plan and prints each row at once: a table for the person, JSON lines for programs."""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.errors import ErrorCode, LacunaError

HEADER = f"{'row':16} {'model':24} {'ours':>9} {'other':>9} {'unit':14} {'ratio':>6} {'goal':>6}  beside"


def run_bench(
    arguments: argparse.Namespace, starter: Path, folder: Path | None, say: Callable[[str], None], *, as_json: bool
) -> None:
    """Measure and print. Raises LacunaError USAGE if a part is unknown or the file can't be written."""
    try:
        file = arguments.out.open("w", encoding="utf-8") if arguments.out else None
    except OSError as error:
        sentence = f"{arguments.out} can't be written ({error.strerror})."
        raise LacunaError(ErrorCode.USAGE, sentence, "Choose another file.") from None
    if not as_json:
        say(HEADER)
    try:
        for line in _lines(arguments, starter, folder):
            say(json.dumps(line) if as_json else as_table(line))
            if file is not None:
                file.write(json.dumps(line) + "\n")
                file.flush()
    finally:
        if file is not None:
            file.close()


def as_table(line: dict[str, object]) -> str:
    """A row of the table."""
    if line["row"] == "machine":
        return "  ".join(f"{name} {value}" for name, value in line.items() if name != "row")
    if line["ours"] is None:
        return f"{line['row']:16} {line['model']:24} not measured: {line['note']}"
    mark = {True: "met", False: "missed", None: ""}[line["met"]]  # type: ignore[index]
    goal = "" if line["goal"] is None else f"{line['goal']:.3g}"
    return (
        f"{line['row']:16} {line['model']:24} {line['ours']:9.4g} {line['other']:9.4g} {line['unit']:14} "
        f"{line['ratio']:6.3g} {goal:>6}  {line['other_name']}; {line['note']} {mark}"
    ).rstrip()


def _lines(arguments: argparse.Namespace, starter: Path, folder: Path | None) -> Iterator[dict[str, object]]:
    import torch

    from app.bench.machine import describe_machine
    from app.bench.plan import plan
    from engine.models.device import Placement, choose_placement
    from engine.models.machine import probe_machine
    from engine.models.memory import give_back_memory

    machine = probe_machine()

    def place(parameters: int) -> Placement:
        placement = choose_placement(machine, arguments.device, parameters)
        torch.set_num_threads(placement.threads)
        return placement

    most = place(10**9)
    parts = plan(starter, folder, place, most.device != "cpu", arguments.llama_python)
    names = [part.name for part in parts]
    unknown = sorted(set(arguments.only or []) - set(names))
    if unknown:
        raise LacunaError(
            ErrorCode.USAGE, f"There is no part {unknown[0]} here; there are {', '.join(names)}.", "Choose one of them."
        )
    yield describe_machine(torch.device(most.device))
    for part in parts:
        if not arguments.only or part.name in arguments.only:
            yield from (row.as_dict() for row in part.rows())
            give_back_memory()

"""The bench's border: its options, its lines, and what it says where something can't be had."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bench import machine, plan
from app.bench.generation_rows import OtherSide
from app.bench.row import Row, more_is_better
from app.bench.run import as_table, run_bench
from app.bench.subjects import SHAPE_7B, Shape
from app.bench_options import add_options
from engine.errors import ErrorCode, LacunaError

KEYS = {"row", "model", "unit", "ours", "other", "other_name", "ratio", "goal", "met", "note"}


def bench(starter: Path, *options: str, as_json: bool = True) -> list[str]:
    """The lines of a run with these options."""
    parser = ArgumentParser()
    add_options(parser)
    lines: list[str] = []
    run_bench(parser.parse_args(["--device", "cpu", *options]), starter, None, lines.append, as_json=as_json)
    return lines


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which a 7B has no room, and whose bandwidth is measured in no time."""
    monkeypatch.setattr(plan, "available_bytes", lambda: 3 * 10**9)
    monkeypatch.setattr(machine, "_CPU_BYTES", 1 << 12)


def test_unknown_part_is_refused_with_the_parts_there_are(starter_folder: Path) -> None:
    with pytest.raises(LacunaError) as caught:
        bench(starter_folder, "--only", "nothing")
    assert caught.value.report.code is ErrorCode.USAGE
    assert "no part nothing" in caught.value.report.sentence
    assert "starter, narrow, window, kernels, 7b" in caught.value.report.sentence


def test_unwritable_file_is_refused_before_anything_is_measured(starter_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(LacunaError) as caught:
        bench(starter_folder, "--out", str(tmp_path / "missing" / "bench.jsonl"))
    assert caught.value.report.code is ErrorCode.USAGE
    assert "can't be written" in caught.value.report.sentence


@pytest.mark.usefixtures("little_memory")
def test_json_begins_with_the_machine_and_tells_a_row_that_cannot_run(starter_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "bench.jsonl"
    said = bench(starter_folder, "--only", "7b", "--out", str(file))
    first, *rows = [json.loads(line) for line in said]
    assert first["row"] == "machine"
    assert first["device"] == "cpu"
    assert {"torch", "transformers", "bitsandbytes", "threads", "copy_gb_s", "read_gb_s"} <= first.keys()
    assert [set(row) for row in rows] == [KEYS]
    assert (rows[0]["model"], rows[0]["met"]) == (SHAPE_7B.name, None)
    assert rows[0]["note"] == "3.0 GB are free, 10.7 GB are needed"
    assert file.read_text().splitlines() == said


@pytest.mark.usefixtures("little_memory")
def test_parts_that_lack_a_library_say_so_and_the_run_goes_on(
    starter_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "app.bench.token_rows", None)
    monkeypatch.setitem(sys.modules, "app.bench.window_work", None)
    _, *lines = bench(starter_folder, "--only", "tokens", "--only", "window", "--only", "7b")
    rows = [json.loads(line) for line in lines]
    assert [row["row"] for row in rows][:2] == ["count", "first paint"]
    assert all(row["ours"] is None and row["note"] for row in rows)
    assert rows[-1]["model"] == SHAPE_7B.name


@pytest.mark.usefixtures("little_memory")
def test_table_says_the_same_to_a_person(starter_folder: Path) -> None:
    header, first, row = bench(starter_folder, "--only", "7b", as_json=False)
    assert header.startswith("row ")
    assert "torch " in first
    assert row.endswith("not measured: 3.0 GB are free, 10.7 GB are needed")


@pytest.mark.parametrize(("met", "word"), [(True, " met"), (False, " missed")])
def test_table_tells_whether_a_goal_is_met(met: bool, word: str) -> None:
    line = {"row": "decode", "model": "m", "unit": "tok/s", "ours": 2.0, "other": 1.0, "other_name": "generate()"}
    assert as_table({**line, "ratio": 2.0, "goal": 2.0, "met": met, "note": ""}).endswith(word)


def test_processor_without_kernels_measures_two_layers_of_both_sides(
    starter_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []

    def rows(subject: Shape, *_: object, **__: object) -> Iterator[Row]:
        measured.append(subject.layers)
        yield more_is_better("decode", subject.name, "tok/s", 2.0, 1.0, "generate()", 1.8)

    monkeypatch.setattr(machine, "_CPU_BYTES", 1 << 12)
    monkeypatch.setattr(plan, "available_bytes", lambda: None)
    monkeypatch.setattr(plan, "random_subject", lambda shape, _: shape)
    monkeypatch.setattr(plan, "generation_rows", rows)
    monkeypatch.setattr(plan, "_scaled_side", lambda _: OtherSide("generate(), scaled", lambda *_: 1.0, lambda _: 1.0))
    monkeypatch.setattr(plan, "_has_own_kernels", lambda _: False)
    _, decode, question = (json.loads(line) for line in bench(starter_folder, "--only", "7b"))
    assert measured == [2]
    assert decode["model"].endswith("2 layers")
    assert "own kernels are not in use" in question["note"]

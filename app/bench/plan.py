"""Which rows are measured, on which models, in which order: quick ones first, so that a cut run has shown the most."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.bench.draft_rows import draft_rows, product_row
from app.bench.generation_rows import generation_rows
from app.bench.long_rows import long_rows
from app.bench.reuse_rows import reuse_rows
from app.bench.row import Row, not_measured
from app.bench.step_rows import graph_rows, python_row, verify_rows
from app.bench.subjects import (
    NARROW,
    SHAPE_7B,
    SHAPE_34B,
    folder_subject,
    random_subject,
)
from app.bench.token_rows import token_rows
from engine.models.device import Placement
from engine.models.processor import available_bytes
from engine.tokens.vocabulary import Vocabulary

_7B_BYTES = 10 << 30  # both sides' weights: bitsandbytes keeps a rearranged copy for itself


@dataclass(frozen=True, slots=True)
class Part:
    """Rows over one model, by the name that `--only` takes."""

    name: str
    rows: Callable[[], Iterator[Row]]


def plan(starter: Path, folder: Path | None, place: Callable[[int], Placement], on_gpu: bool) -> list[Part]:
    """The parts of a run. `place` decides where a model of so many parameters runs; `folder` is measured alone."""
    vocabulary = Vocabulary.open(starter / "tokenizer.model")
    if folder is not None:
        return [Part("model", lambda: _folder_rows(folder, place))]
    parts = [
        Part("tokens", lambda: token_rows(starter / "tokenizer.model", "starter")),
        Part("starter", lambda: _starter_rows(starter, place)),
        Part("narrow", lambda: _narrow_rows(vocabulary, place)),
        Part("7b", lambda: _true_size_rows(vocabulary, place, on_gpu)),
    ]
    if on_gpu:
        parts.append(Part("34b", lambda: _grouped_rows(place)))
    return parts


def _starter_rows(starter: Path, place: Callable[[int], Placement]) -> Iterator[Row]:
    subject = folder_subject(starter, place(4_000_000))
    yield from generation_rows(subject, 128, 128, decode_goal=3.0, prefill_goal=None)


def _narrow_rows(vocabulary: Vocabulary, place: Callable[[int], Placement]) -> Iterator[Row]:
    subject = random_subject(NARROW, place(30_000_000))
    yield from generation_rows(subject, 256, 64, decode_goal=2.0, prefill_goal=None)
    yield from draft_rows(subject, vocabulary)
    yield from reuse_rows(subject, 4096, pairs=5)
    yield from python_row(subject)
    yield from graph_rows(subject, 256, 64)
    yield from verify_rows(subject)


def _true_size_rows(vocabulary: Vocabulary, place: Callable[[int], Placement], on_gpu: bool) -> Iterator[Row]:
    placement = place(6_700_000_000)
    free_bytes = placement.free_bytes if on_gpu else available_bytes()
    if free_bytes is not None and free_bytes < _7B_BYTES:
        reason = f"{free_bytes / 1e9:.0f} GB are free, {_7B_BYTES / 1e9:.0f} are needed"
        yield not_measured("decode", SHAPE_7B.name, reason)
        return
    subject = random_subject(SHAPE_7B, placement)
    if on_gpu:
        yield from generation_rows(subject, 512, 256, decode_goal=5.0, prefill_goal=1.5)
        yield from graph_rows(subject, 512, 128)
        yield from long_rows(subject, 16384)
        yield from reuse_rows(subject, 16384, pairs=3)
    else:
        yield from generation_rows(subject, 256, 16, decode_goal=1.8, prefill_goal=1.2)
    yield from verify_rows(subject)
    yield from product_row(subject, vocabulary)


def _grouped_rows(place: Callable[[int], Placement]) -> Iterator[Row]:
    subject = random_subject(SHAPE_34B, place(33_700_000_000))
    yield from generation_rows(subject, 512, 128, decode_goal=3.5, prefill_goal=None, pairs=3)
    yield from verify_rows(subject)


def _folder_rows(folder: Path, place: Callable[[int], Placement]) -> Iterator[Row]:
    yield from token_rows(folder / "tokenizer.model", folder.name)
    subject = folder_subject(folder, place(1_000_000_000))
    yield from generation_rows(subject, 256, 64, decode_goal=2.0, prefill_goal=None)
    yield from verify_rows(subject)

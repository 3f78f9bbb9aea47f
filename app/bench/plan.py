"""Which rows are measured, on which models, in which order: quick ones first, so that a cut run shows the most."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch

from app.bench import kernel_rows
from app.bench.draft_rows import draft_rows, product_row
from app.bench.generation_rows import OtherSide, generation_rows
from app.bench.llama_cpp_rows import llama_cpp_rows, measure_llama_cpp
from app.bench.long_rows import long_rows
from app.bench.reuse_rows import reuse_rows
from app.bench.row import Row, not_measured
from app.bench.scaled import LAYERS, scaled_generate
from app.bench.step_rows import graph_rows, python_row, verify_rows
from app.bench.subjects import (
    NARROW,
    SHAPE_7B,
    SHAPE_34B,
    Subject,
    fewer_layers,
    folder_subject,
    random_subject,
)
from app.bench.window_rows import window_rows
from engine.generate.products import KernelProduct, choose_product
from engine.models.device import Placement
from engine.models.processor import available_bytes, read_processor
from engine.shown import gigabytes
from engine.tokens.vocabulary import Vocabulary

_7B_PARAMETERS = 6_700_000_000
_7B_BYTES = 10 << 30  # both sides' weights: bitsandbytes keeps its own rearranged copy
_RUN_S = 20 * 60
_LONG_TOKENS = 4096
_ATTENTION_SHARE = 1.25  # a long prompt's attention, beyond what a short prompt's rate predicts


@dataclass(frozen=True, slots=True)
class Part:
    """Rows over one model; `--only` selects it by name."""

    name: str
    rows: Callable[[], Iterator[Row]]


Place = Callable[[int], Placement]  # the placement of a model with so many parameters


def plan(
    starter: Path, folder: Path | None, place: Place, on_gpu: bool, llama_python: Path | None = None
) -> list[Part]:
    """The parts of a run. If `folder` is given, it is the only model.

    `llama_python` is the Python of an environment with llama-cpp-python.
    """
    if folder is not None:
        return [Part("model", partial(_folder_rows, folder, place))]
    vocabulary = Vocabulary.open(starter / "tokenizer.model")
    latest_s = time.monotonic() + _RUN_S
    parts = [
        Part("tokens", partial(_token_rows, starter / "tokenizer.model", "starter")),
        Part("starter", partial(_starter_rows, starter, place)),
        Part("narrow", partial(_narrow_rows, vocabulary, place)),
        Part("window", partial(window_rows, starter)),
    ]
    if on_gpu:
        parts.append(Part("7b", partial(_gpu_rows, vocabulary, place)))
        parts.append(Part("34b", partial(_grouped_rows, place)))
    else:
        parts.append(Part("kernels", kernel_rows.measure))
        parts.append(Part("7b", partial(_processor_rows, vocabulary, place, latest_s, llama_python)))
    return parts


def _token_rows(tokenizer: Path, model: str) -> Iterator[Row]:
    """The counting row. It needs the project reader's libraries, which a bare GPU machine may lack."""
    try:
        from app.bench.token_rows import token_rows
    except ModuleNotFoundError as error:
        yield not_measured("count", model, f"{error.name} is not installed here")
        return
    yield from token_rows(tokenizer, model)


def _starter_rows(starter: Path, place: Place) -> Iterator[Row]:
    subject = replace(folder_subject(starter, place(135_000_000)), name="starter")
    yield from generation_rows(subject, 128, 128, decode_goal=3.0, prefill_goal=None)


def _narrow_rows(vocabulary: Vocabulary, place: Place) -> Iterator[Row]:
    subject = random_subject(NARROW, place(30_000_000))
    yield from generation_rows(subject, 256, 64, decode_goal=2.0, prefill_goal=None)
    yield from draft_rows(subject, vocabulary)
    yield from reuse_rows(subject, 4096, pairs=5)
    yield from python_row(subject)
    yield from graph_rows(subject, 256, 64)
    yield from verify_rows(subject)


def _gpu_rows(vocabulary: Vocabulary, place: Place) -> Iterator[Row]:
    placement = place(_7B_PARAMETERS)
    if reason := _why_too_little(placement.free_bytes):
        yield not_measured("decode", SHAPE_7B.name, reason)
        return
    subject = random_subject(SHAPE_7B, placement)
    yield from generation_rows(subject, 512, 256, decode_goal=5.0, prefill_goal=1.5)
    yield from graph_rows(subject, 512, 128)
    yield from long_rows(subject, 16384)
    yield from reuse_rows(subject, 16384, pairs=3)
    yield from verify_rows(subject)
    yield from product_row(subject, vocabulary)


def _processor_rows(vocabulary: Vocabulary, place: Place, latest_s: float, llama_python: Path | None) -> Iterator[Row]:
    """llama.cpp first, while we hold no memory; the slowest rows last."""
    placement = place(_7B_PARAMETERS)
    if reason := _why_too_little(available_bytes()):
        yield not_measured("decode", SHAPE_7B.name, reason)
        return
    llama_cpp = measure_llama_cpp(llama_python, placement.threads) if llama_python is not None else None
    beside = _scaled_side(placement)
    if beside is not None and not _has_own_kernels(placement):
        yield from _shallow_rows(placement)
        return
    subject = random_subject(SHAPE_7B, placement)
    rows = []
    # The second goal is for processors on which bitsandbytes has only its scalar loop (docs/performance.md).
    decode_goal = 1.8 if placement.compute_dtype == "bfloat16" else 20.0
    for row in generation_rows(subject, 256, 16, decode_goal, prefill_goal=1.2, other_side=beside):
        rows.append(row)
        yield row
    if llama_cpp is not None:
        yield from llama_cpp_rows(rows, llama_cpp, "avx512f" in read_processor().flags)
    yield from verify_rows(subject)
    yield from product_row(subject, vocabulary)
    yield from _long_question(subject, rows, latest_s)


def _scaled_side(placement: Placement) -> OtherSide | None:
    """generate() over two layers if bitsandbytes' plain loop takes seconds per token; else None."""
    scaled = scaled_generate(random_subject(fewer_layers(SHAPE_7B, LAYERS), placement), SHAPE_7B.layers)
    return scaled.as_other_side() if scaled.is_needed else None


def _has_own_kernels(placement: Placement) -> bool:
    """Whether our products use anything other than bitsandbytes' plain loop."""
    product = choose_product(torch.device(placement.device), torch.float32, has_packed_kernel=False)
    return isinstance(product, KernelProduct)


def _shallow_rows(placement: Placement) -> Iterator[Row]:
    """Two layers of a 7B, if a whole token takes seconds on both sides; the row's name says so."""
    subject = random_subject(fewer_layers(SHAPE_7B, LAYERS), placement)
    yield from generation_rows(subject, 64, 6, decode_goal=1.8, prefill_goal=1.2)
    whole = "both sides would take seconds for a token: our own kernels are not in use here"
    yield not_measured("second question", SHAPE_7B.name, whole)


def _long_question(subject: Subject, rows: list[Row], latest_s: float) -> Iterator[Row]:
    """The 4k row, unless it would take too long."""
    rate = next(row.ours for row in rows if row.row == "prefill" and row.ours is not None)
    estimate_s = _LONG_TOKENS / rate * _ATTENTION_SHARE
    left_s = latest_s - time.monotonic()
    if estimate_s > left_s:
        reason = (
            f"it would take about {estimate_s:.0f} s, and {max(0.0, left_s):.0f} s of the run's 20 minutes are left"
        )
        yield not_measured("second question", subject.name, reason)
        return
    yield from reuse_rows(subject, _LONG_TOKENS, pairs=1)


def _why_too_little(free_bytes: int | None) -> str:
    """Why a 7B does not fit; "" if it does."""
    if free_bytes is None or free_bytes >= _7B_BYTES:
        return ""
    return f"{gigabytes(free_bytes)} are free, {gigabytes(_7B_BYTES)} are needed"


def _grouped_rows(place: Place) -> Iterator[Row]:
    subject = random_subject(SHAPE_34B, place(33_700_000_000))
    yield from generation_rows(subject, 512, 128, decode_goal=3.5, prefill_goal=None, pairs=3)
    yield from verify_rows(subject)


def _folder_rows(folder: Path, place: Place) -> Iterator[Row]:
    yield from _token_rows(folder / "tokenizer.model", folder.name)
    subject = folder_subject(folder, place(1_000_000_000))
    yield from generation_rows(subject, 256, 64, decode_goal=2.0, prefill_goal=None)
    yield from verify_rows(subject)

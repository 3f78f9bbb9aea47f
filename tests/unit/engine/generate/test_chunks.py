"""Chunk lengths: short enough to stop, the same from run to run, shorter only for a machine that is really slow."""

import pytest

from engine.generate.chunks import ChunkLength, first_chunk_tokens
from engine.models.device import Placement


def placement(device: str = "cpu", threads: int = 2, *, fused: bool = True, multiprocessors: int = 0) -> Placement:
    return Placement(device, "x", "x", "bfloat16", threads, fused, multiprocessors, None)


@pytest.mark.parametrize(
    ("parameters", "where", "measured_tokens_per_s"),
    [
        (6_738_546_688, placement(), 48),  # performance.md, section 9
        (6_738_546_688, placement("cuda:0", multiprocessors=40), 20e12 / 13.5e9),  # T4, performance.md, section 7
        (6_738_546_688, placement("cuda:0", multiprocessors=82), 60e12 / 13.5e9),  # 3090
        (4_229_568, placement(threads=1), 8000),
    ],
)
def test_first_chunk_is_read_within_three_tenths_of_a_second(
    parameters: int, where: Placement, measured_tokens_per_s: float
) -> None:
    tokens = first_chunk_tokens(parameters, where)
    assert tokens / measured_tokens_per_s <= 0.3
    assert tokens & (tokens - 1) == 0


def test_chunk_is_never_empty() -> None:
    assert first_chunk_tokens(70_000_000_000, placement(threads=1)) == 1


@pytest.mark.parametrize(("parameters", "tokens"), [(6_738_546_688, 16), (4_229_568, 256)])
def test_plain_loop_never_reads_fewer_rows_than_cost_no_more_than_one(parameters: int, tokens: int) -> None:
    assert first_chunk_tokens(parameters, placement(fused=False)) == tokens


def test_one_slow_chunk_changes_nothing() -> None:
    chunk = ChunkLength(64)
    for seconds in (0.5, 0.1, 0.5, 0.1):
        chunk.observe(64, seconds)
    assert chunk.tokens == 64


def test_machine_that_stays_slow_gets_shorter_chunks_down_to_one_token() -> None:
    chunk = ChunkLength(8)
    lengths = []
    for _ in range(10):
        chunk.observe(chunk.tokens, 1.0)
        lengths.append(chunk.tokens)
    assert lengths == [8, 4, 4, 2, 2, 1, 1, 1, 1, 1]


def test_rate_is_what_was_measured_last() -> None:
    chunk = ChunkLength(64)
    chunk.observe(64, 0.25)
    assert chunk.tokens_per_s == 256

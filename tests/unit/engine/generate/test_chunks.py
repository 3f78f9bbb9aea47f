"""Chunk lengths: short enough to stop, the same while a model is loaded, shorter where a machine is really slow."""

import pytest

from engine.generate.chunks import ChunkLength, first_chunk_tokens
from engine.models.fit import Device, plan_memory
from engine.models.limits import most_chunk_tokens
from tests.model_folders import SHAPE


@pytest.mark.parametrize("tokens_per_s", [6.0, 48.0, 1500.0, 24_000.0, 500_000.0])
def test_first_chunk_is_read_within_three_tenths_of_a_second_at_the_measured_rate(tokens_per_s: float) -> None:
    for is_gpu in (False, True):
        tokens = first_chunk_tokens(tokens_per_s, is_gpu=is_gpu)
        assert tokens / tokens_per_s <= 0.3
        assert tokens & (tokens - 1) == 0


@pytest.mark.parametrize("device", [Device("cpu", "CPU", 0, 0), Device("cuda:0", "GPU", 80 << 30, 80 << 30)])
def test_the_memory_plan_has_room_for_the_longest_chunk(device: Device) -> None:
    longest = first_chunk_tokens(1e9, is_gpu=device.is_gpu)
    assert longest == most_chunk_tokens(is_gpu=device.is_gpu)
    small = plan_memory(SHAPE, (device,), longest, 2)
    half = plan_memory(SHAPE, (device,), longest // 2, 2)
    assert small is not None
    assert half is not None
    activations = small.workspace_bytes - longest**2  # less the attention's mask
    assert activations - (half.workspace_bytes - (longest // 2) ** 2) >= longest // 2 * 2 * SHAPE.hidden_size * 2
    large = plan_memory(SHAPE, (device,), 2 * longest, 2)
    assert large is not None
    assert large.workspace_bytes == activations + 2 * longest**2, "only the mask grows with a longer context"


def test_chunk_is_never_empty() -> None:
    assert first_chunk_tokens(0.1, is_gpu=True) == first_chunk_tokens(0.0, is_gpu=False) == 1


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

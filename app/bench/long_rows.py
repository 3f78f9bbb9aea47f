"""A long prompt on a GPU: its time to first token beside the arithmetic bound and generate(), and its memory."""

import time
from collections.abc import Iterator

import torch

from app.bench.generation_rows import our_prefill_s, random_prompt, their_prefill_s
from app.bench.row import Row, interleaved, less_is_better
from app.bench.subjects import Subject

_SIDE = 8192
_WITHIN_BOUND = 1 / 1.6
_EXTRA_BYTES = 1.5e9  # beyond weights and KV cache


def long_rows(subject: Subject, tokens: int) -> Iterator[Row]:
    """Rows "first token", twice, and "prefill memory"."""
    prompt = random_prompt(subject, tokens)
    torch.cuda.reset_peak_memory_stats(subject.device)
    our_prefill_s(subject, prompt)
    kv_bytes = tokens * subject.network.layout.bytes_per_token
    extra = torch.cuda.max_memory_allocated(subject.device) - _resident_bytes(subject) - kv_bytes
    ours, other = interleaved(lambda: our_prefill_s(subject, prompt), lambda: their_prefill_s(subject, prompt), 3)
    note = f"{tokens} tokens"
    yield less_is_better("first token", subject.name, "s", ours, other, "generate()", 1.5, note)
    rate = matrix_flops_per_s(subject.device, subject.network.dtype)
    bound = prefill_flops(subject, tokens) / rate
    note = f"{tokens} tokens, {prefill_flops(subject, tokens) / 1e12:.0f} TFLOP at {rate / 1e12:.0f} TFLOP/s"
    yield less_is_better("first token", subject.name, "s", ours, bound, "its arithmetic", _WITHIN_BOUND, note)
    note = f"peak of a prefill of {tokens} tokens, less {_resident_bytes(subject) / 1e9:.1f} GB held before and its KV"
    yield less_is_better("prefill memory", subject.name, "GB", extra / 1e9, _EXTRA_BYTES / 1e9, "allowance", 1.0, note)


def prefill_flops(subject: Subject, tokens: int) -> float:
    """Floating-point operations of a prefill: two per weight and token, and those of causal attention."""
    weights = subject.network.weights
    linear = sum(
        matrix.shape[0] * matrix.shape[1] if isinstance(matrix, torch.Tensor) else matrix.rows * matrix.columns
        for layer in weights.layers
        for matrix in layer.matrices
    )
    attention = 2 * weights.heads * weights.head_dim * len(weights.layers) * tokens * tokens
    return 2.0 * linear * tokens + attention


def matrix_flops_per_s(device: torch.device, dtype: torch.dtype) -> float:
    """FLOP/s of a large square matrix product, best of five."""
    a, b = (torch.randn(_SIDE, _SIDE, device=device, dtype=dtype) for _ in range(2))
    torch.mm(a, b)
    times = []
    for _ in range(5):
        torch.cuda.synchronize(device)
        start_s = time.perf_counter()
        torch.mm(a, b)
        torch.cuda.synchronize(device)
        times.append(time.perf_counter() - start_s)
    return 2 * _SIDE**3 / min(times)


def _resident_bytes(subject: Subject) -> int:
    return int(torch.cuda.memory_allocated(subject.device))

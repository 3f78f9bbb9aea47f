"""Attention of a chunk of new tokens over a long cache on CUDA: two ways without a mask, and the choice between them.

A mask would cost hundreds of megabytes and the fast kernels (performance.md, section 5). Flash attention lines the
triangle up at the lower right by itself; cuDNN, faster on Hopper, does so for squares only and gets the chunk in
two parts, everything before it and the chunk itself, whose results are put together by their weights.
"""

import logging
import time
from collections.abc import Callable

import torch

_log = logging.getLogger(__name__)

# q [T, heads, D], keys and values [n, kv_heads, D], the T new tokens last among the n -> [T, heads * D].
CausalAttention = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]

_SAMPLE_CHUNK, _SAMPLE_TOKENS = 1024, 8192
_TRIES = 5
_MOST_DIFFERENCE = 0.02


def attend_by_flash(q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """By torch's flash kernel, from Ampere on; torch's public function would choose it for squares only."""
    out: torch.Tensor = torch.ops.aten._scaled_dot_product_flash_attention(
        _by_head(q), _by_head(keys), _by_head(values), 0.0, True
    )[0]  # [1, heads, T, D]
    return _by_token(out)


def attend_by_cudnn(q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """By cuDNN's kernel, in two parts where there is something before the chunk."""
    before = len(keys) - len(q)
    own, own_mass = _cudnn(q, keys[before:], values[before:], is_causal=True)
    if before == 0:
        return _by_token(own)
    past, past_mass = _cudnn(q, keys[:before], values[:before], is_causal=False)
    share = torch.sigmoid(past_mass - own_mass)  # [1, heads, T, 1]: what the past weighs of both
    return _by_token(torch.lerp(own, past, share.to(own.dtype)))


def choose_causal_attention(heads: int, kv_heads: int, head_dim: int, device: torch.device) -> CausalAttention:
    """The faster of the two on a sample, where both give the same; flash where cuDNN refuses or differs."""
    generator = torch.Generator(device).manual_seed(0)
    dtype = torch.bfloat16
    q = torch.randn(_SAMPLE_CHUNK, heads, head_dim, device=device, dtype=dtype, generator=generator)
    keys, values = (
        torch.randn(_SAMPLE_TOKENS, kv_heads, head_dim, device=device, dtype=dtype, generator=generator)
        for _ in range(2)
    )
    expected = attend_by_flash(q, keys, values)
    try:
        found = attend_by_cudnn(q, keys, values)
        difference = float((found - expected).abs().max() / expected.abs().max())
        seconds = [_seconds(way, q, keys, values) for way in (attend_by_cudnn, attend_by_flash)]
    except RuntimeError as error:
        _log.info("cuDNN's attention does not serve here (%s)", str(error).splitlines()[0])
        return attend_by_flash
    _log.info("attention of a chunk: cuDNN %.2g s, flash %.2g s, difference %.2g", *seconds, difference)
    return attend_by_cudnn if difference <= _MOST_DIFFERENCE and seconds[0] < seconds[1] else attend_by_flash


def _cudnn(
    q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, *, is_causal: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Output [1, heads, T, D] and the logarithm of its scores' mass [1, heads, T, 1]."""
    out, mass, *_ = torch.ops.aten._scaled_dot_product_cudnn_attention(
        _by_head(q), _by_head(keys), _by_head(values), None, True, 0.0, is_causal, False
    )
    return out, mass.reshape(1, q.shape[1], len(q), 1)


def _by_head(x: torch.Tensor) -> torch.Tensor:
    return x.transpose(0, 1).unsqueeze(0)


def _by_token(out: torch.Tensor) -> torch.Tensor:
    return out[0].transpose(0, 1).flatten(1)


def _seconds(way: CausalAttention, q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> float:
    times = []
    for _ in range(_TRIES):
        torch.cuda.synchronize(q.device)
        start_s = time.perf_counter()
        way(q, keys, values)
        torch.cuda.synchronize(q.device)
        times.append(time.perf_counter() - start_s)
    return min(times)

"""Inverse-CDF sampling as in `sampling.py`, as tensor operations: a captured graph can feed its own token back."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class DrawSettings:
    """One answer's settings as scalar tensors on the device. `top_k` is the vocabulary's size if top-k is off."""

    temperature: torch.Tensor
    top_p: torch.Tensor
    top_k: torch.Tensor


def draw_greedily(logits: torch.Tensor) -> torch.Tensor:
    """logits [rows, vocab_size] -> the likeliest tokens [rows]."""
    return logits.argmax(-1)


def draw_by_uniforms(logits: torch.Tensor, uniforms: torch.Tensor, settings: DrawSettings) -> torch.Tensor:
    """logits [rows, vocab_size] and one uniform for each row -> tokens [rows]."""
    ordered, ids = torch.sort(logits, dim=-1, descending=True)
    probabilities = torch.softmax((ordered - ordered[:, :1]) / settings.temperature, dim=-1)
    ranks = torch.arange(logits.shape[-1], device=logits.device)
    probabilities = probabilities * (ranks < settings.top_k)
    mass = probabilities.cumsum(-1)
    kept = probabilities * (mass - probabilities <= settings.top_p * mass[:, -1:])
    mass = kept.cumsum(-1)
    place = (mass <= uniforms.unsqueeze(-1) * mass[:, -1:]).sum(-1, keepdim=True)
    last = (kept > 0).sum(-1, keepdim=True).clamp(min=1) - 1
    return ids.gather(-1, torch.minimum(place, last)).squeeze(-1)

"""The draw of `sampling.py` as tensor operations on a device, so that a captured graph can feed its own token back."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class DrawSettings:
    """One answer's settings as tensors [] on the device; `top_k` is the vocabulary's size where no rank is cut."""

    temperature: torch.Tensor
    top_p: torch.Tensor
    top_k: torch.Tensor


def draw_greedily(logits: torch.Tensor) -> torch.Tensor:
    """logits [rows, vocab_size] -> the likeliest tokens [rows]."""
    return logits.argmax(-1)


def draw_by_numbers(logits: torch.Tensor, numbers: torch.Tensor, settings: DrawSettings) -> torch.Tensor:
    """logits [rows, vocab_size], a number between 0 and 1 for each row -> tokens [rows]."""
    ordered, ids = torch.sort(logits, dim=-1, descending=True)
    probabilities = torch.softmax((ordered - ordered[:, :1]) / settings.temperature, dim=-1)
    ranks = torch.arange(logits.shape[-1], device=logits.device)
    probabilities = probabilities * (ranks < settings.top_k)
    mass = probabilities.cumsum(-1)
    kept = probabilities * (mass - probabilities <= settings.top_p * mass[:, -1:])
    mass = kept.cumsum(-1)
    place = (mass <= numbers.unsqueeze(-1) * mass[:, -1:]).sum(-1, keepdim=True)
    last = (kept > 0).sum(-1, keepdim=True).clamp(min=1) - 1
    return ids.gather(-1, torch.minimum(place, last)).squeeze(-1)

"""Restricts the first token of an answer whose prompt ends inside a token (token healing)."""

from collections.abc import Collection

import torch


def allow_only(logits: torch.Tensor, ids: Collection[int]) -> torch.Tensor:
    """Logits [vocab_size] in which only `ids` can be drawn; unchanged if `ids` is empty."""
    if not ids:
        return logits
    kept = torch.tensor(sorted(ids), device=logits.device)
    return torch.full_like(logits, -torch.inf).index_copy(0, kept, logits[kept])

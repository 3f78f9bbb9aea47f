"""Sampling keeps a token while the mass before it is at most p; temperature 0 is the likeliest."""

from dataclasses import replace

import torch

from resources.starter.decoding import CHAT, FILL, choose

LOGITS = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()


def drawn(top_p: float) -> set[int]:
    """Every id that comes up in many draws."""
    sampling = replace(CHAT, temperature=1.0, top_p=top_p)
    random = torch.Generator().manual_seed(1)
    return {choose(LOGITS, sampling, random) for _ in range(600)}


def test_mass_before_a_token_decides() -> None:
    assert drawn(0.4) == {0}
    assert drawn(0.6) == {0, 1}
    assert drawn(0.9) == {0, 1, 2}
    assert drawn(1.0) == {0, 1, 2, 3}


def test_fills_take_the_likeliest() -> None:
    assert choose(LOGITS, FILL, torch.Generator()) == 0


def test_the_same_seed_draws_the_same() -> None:
    sampling = replace(CHAT, temperature=1.0)
    runs = [[choose(LOGITS, sampling, random) for _ in range(20)] for random in (torch.Generator().manual_seed(3),) * 1]
    again = torch.Generator().manual_seed(3)
    assert runs[0] == [choose(LOGITS, sampling, again) for _ in range(20)]

"""Generates from a model in batches, with the app's own sampling: temperature, top-p by the mass before, seeded."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel

BATCH = 24


@dataclass(frozen=True)
class Sampling:
    """How the next id is chosen and how many are generated at most."""

    temperature: float
    top_p: float
    most: int
    seed: int = 0


CHAT = Sampling(temperature=0.2, top_p=0.9, most=512)
FILL = Sampling(temperature=0.0, top_p=0.9, most=128)


@dataclass(frozen=True)
class Answer:
    """What was generated, without the stop id, and whether the stop id ended it."""

    ids: list[int]
    ended: bool


def generate(model: PreTrainedModel, prompts: Sequence[list[int]], stop: int, sampling: Sampling) -> list[Answer]:
    """An answer to each prompt, in their order; each has its own random numbers, so batches do not matter."""
    order = sorted(range(len(prompts)), key=lambda at: len(prompts[at]))
    answers: dict[int, Answer] = {}
    for start in range(0, len(order), BATCH):
        chosen = order[start : start + BATCH]
        randoms = [torch.Generator().manual_seed(sampling.seed + at) for at in chosen]
        batch = _generate_batch(model, [prompts[at] for at in chosen], stop, sampling, randoms)
        answers.update(zip(chosen, batch, strict=True))
    return [answers[at] for at in range(len(prompts))]


@torch.inference_mode()
def _generate_batch(
    model: PreTrainedModel, prompts: list[list[int]], stop: int, sampling: Sampling, randoms: list[torch.Generator]
) -> list[Answer]:
    ids, mask = _padded(prompts)
    made: list[list[int]] = [[] for _ in prompts]
    ended = [False] * len(prompts)
    going = list(range(len(prompts)))  # the rows of the batch; what has ended leaves it
    positions, cache = (mask.cumsum(1) - 1).clamp(min=0), None
    for _ in range(sampling.most):
        out = model(input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True)
        cache = out.past_key_values
        following = [
            choose(row.float(), sampling, randoms[at]) for row, at in zip(out.logits[:, -1], going, strict=True)
        ]
        kept = [row for row, identifier in enumerate(following) if identifier != stop]
        for row, at in enumerate(going):
            ended[at] = following[row] == stop
            if not ended[at]:
                made[at].append(following[row])
        if not kept:
            break
        if len(kept) < len(going):
            cache.batch_select_indices(torch.tensor(kept))
        going = [going[row] for row in kept]
        ids, positions = torch.tensor([[following[row]] for row in kept]), positions[kept, -1:] + 1
        mask = torch.cat([mask[kept], torch.ones_like(ids)], dim=1)
    return [Answer(answer, end) for answer, end in zip(made, ended, strict=True)]


def choose(logits: Tensor, sampling: Sampling, random: torch.Generator) -> int:
    """The next id: the likeliest at temperature 0, else drawn from those with at most `top_p` of mass before them."""
    if sampling.temperature == 0.0:
        return int(logits.argmax())
    probabilities, order = torch.softmax(logits / sampling.temperature, dim=-1).sort(descending=True)
    before = probabilities.cumsum(0) - probabilities
    kept = torch.where(before <= sampling.top_p, probabilities, 0.0)
    return int(order[torch.multinomial(kept, 1, generator=random)])


def _padded(prompts: list[list[int]]) -> tuple[Tensor, Tensor]:
    longest = max(len(prompt) for prompt in prompts)
    ids = torch.tensor([[0] * (longest - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    return ids, mask

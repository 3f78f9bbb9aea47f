"""A network whose next token is a rule over what it has read: counts its work, and fails when told to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from engine.generate.operations import Branches
from engine.messages.machine import LoadModel
from engine.messages.prompts import PromptFormat
from engine.models.device import Placement
from engine.models.load import LoadedModel
from engine.tokens.vocabulary import Vocabulary
from tests.model_infos import model_info

Rule = Callable[[list[int]], int]


@dataclass
class ListCache:
    """A KV cache that keeps the ids themselves. `copied` counts the rows that went to main memory and back."""

    ids: list[int] = field(default_factory=list)
    reserved: int = 0
    copied: int = 0

    @property
    def tokens(self) -> int:
        return len(self.ids)

    def reserve(self, tokens: int) -> None:
        self.reserved = max(self.reserved, tokens)

    def truncate(self, tokens: int) -> None:
        del self.ids[tokens:]

    def copy_out(self, start: int, stop: int) -> list[int]:
        self.copied += stop - start
        return self.ids[start:stop]

    def copy_in(self, start: int, rows: list[int], skip: int, count: int) -> None:
        self.copied += count
        self.ids[start:] = rows[skip : skip + count]


@dataclass
class ScriptedNetwork:
    """Implements `engine.models.network.Network`. `calls` are the ids of each read; `failures` fall due by call."""

    rule: Rule
    vocab_size: int
    calls: list[list[int]] = field(default_factory=list)
    failures: dict[int, Exception] = field(default_factory=dict)
    caches: list[ListCache] = field(default_factory=list)
    second_choice: int = 0  # what is likeliest after the rule's token
    verify_costs: Mapping[int, float] = field(default_factory=dict)
    weights_bytes: int = 0
    prefill_rate: float = 1e4

    def new_cache(self) -> ListCache:
        self.caches.append(ListCache())
        return self.caches[-1]

    def read(self, ids: Sequence[int], cache: ListCache, last: int = 1) -> torch.Tensor:
        self.calls.append(list(ids))
        failure = self.failures.pop(len(self.calls), None)
        if failure is not None:
            raise failure
        before = len(cache.ids)
        cache.ids.extend(ids)
        logits = torch.zeros(last, self.vocab_size)
        for row, stop in enumerate(range(before + len(ids) - last + 1, before + len(ids) + 1)):
            logits[row, self.second_choice] = 5.0
            logits[row, self.rule(cache.ids[:stop])] = 10.0
        return logits

    def read_branches(self, ids: Sequence[int], cache: ListCache, branches: Branches) -> torch.Tensor:
        """Each continuation sees the shared ids and its own, every `count`-th one behind them."""
        self.calls.append(list(ids))
        cache.ids.extend(ids)
        logits = torch.zeros(len(ids), self.vocab_size)
        for row in range(len(ids)):
            own = cache.ids[branches.shared + row :: branches.count]
            logits[row, self.rule([*cache.ids[: branches.shared], *own])] = 10.0
        return logits


def loaded_model(
    network: object,
    vocabulary: Vocabulary,
    *,
    context_tokens: int = 512,
    kv_budget_tokens: int = 10_000,
    parameters: int = 4_000_000,
    can_infill: bool = True,
    prompt_format: PromptFormat = PromptFormat.INST,
) -> LoadedModel:
    """A loaded model around any network."""
    info = model_info(
        name="scripted",
        is_starter=False,
        parameters=parameters,
        context_tokens=context_tokens,
        prompt_format=prompt_format,
        can_infill=can_infill,
        infill_note="" if can_infill else "This model was not trained to fill gaps.",
        tokenizer_path=str(vocabulary.path),
        tokenizer_hash=vocabulary.hash,
    )
    placement = Placement("cpu", "none", "On nothing.", "float32", 1, True, 0, None)
    return LoadedModel(info, network, vocabulary, (), placement, kv_budget_tokens, kv_budget_tokens)  # type: ignore[arg-type]


def load_request(folder: Path | str = "", job_id: str = "load") -> LoadModel:
    return LoadModel(job_id, str(folder))

"""The weighted loss of packed rows: no sample sees another, and attention is spelled out where that is faster."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, PreTrainedModel

from resources.starter.stream import Row

SPELLED_OUT = "spelled_out"


def spelled_out_attention(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor, scaling: float, **_: Any
) -> tuple[Tensor, None]:
    """Attention by two products: for rows of 512 on a CPU three times as fast as the fused kernel."""
    scores = torch.matmul(query * scaling, key.transpose(2, 3)).masked_fill(~attention_mask, float("-inf"))
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(value.dtype)
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), None


def attention_for(device: torch.device) -> str:
    """The name of the attention that training uses on a device."""
    AttentionInterface.register(SPELLED_OUT, spelled_out_attention)
    return SPELLED_OUT if device.type == "cpu" else "sdpa"


class Objective:
    """The loss of a batch of rows, compiled once per shape."""

    def __init__(self, model: PreTrainedModel, device: torch.device, compiled: bool = True) -> None:
        self._model, self._device = model, device
        self._loss = torch.compile(self._mean, dynamic=False) if compiled else self._mean

    def __call__(self, rows: list[Row]) -> Tensor:
        """The weighted mean loss of the rows, to be differentiated."""
        ids = torch.tensor([row.ids for row in rows], device=self._device)
        weights = torch.tensor([row.weights for row in rows], device=self._device)
        samples = torch.tensor([row.samples for row in rows], device=self._device)
        causal = torch.ones(ids.size(1), ids.size(1), dtype=torch.bool, device=self._device).tril()
        mask = (samples[:, None, :, None] == samples[:, None, None, :]) & causal
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=bfloat16_is_fast(self._device)):
            loss: Tensor = self._loss(ids, weights, mask)
        return loss

    def _mean(self, ids: Tensor, weights: Tensor, mask: Tensor) -> Tensor:
        logits = self._model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1]
        each = functional.cross_entropy(logits.flatten(0, 1).float(), ids[:, 1:].flatten(), reduction="none")
        counted = weights[:, 1:].flatten()
        return (each * counted).sum() / counted.sum()


def bfloat16_is_fast(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 itself; a CPU without its instructions is many times slower with it."""
    if device.type == "cuda":
        return True
    return torch.backends.cpu.get_cpu_capability() == "AVX512" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())

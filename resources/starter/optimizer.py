"""Muon for the matrices inside the layers, AdamW for the rest, as one optimizer with one state."""

from collections import defaultdict
from typing import Any

import torch
from torch import Tensor, nn

MOMENTUM, DECAY = 0.95, 0.02
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5


def orthogonalised(batch: Tensor, dtype: torch.dtype) -> Tensor:
    """The Newton-Schulz iteration of Muon (Jordan et al. 2024) on a batch of matrices of one shape."""
    a, b, c = COEFFICIENTS
    x = (batch / (batch.norm(dim=(1, 2), keepdim=True) + 1e-7)).to(dtype)
    tall = x.size(1) > x.size(2)
    x = x.transpose(1, 2) if tall else x
    for _ in range(ITERATIONS):
        gram = torch.bmm(x, x.transpose(1, 2))
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    upright: Tensor = x.transpose(1, 2) if tall else x
    return upright.to(batch.dtype)


class Optimizer:
    """Updates a Llama model; the rates of the two parts keep their proportion."""

    def __init__(self, model: nn.Module, adam_rate: float, muon_rate: float, inner: torch.dtype) -> None:
        named = list(model.named_parameters())
        outer = [p for name, p in named if p.dim() > 1 and "layers" not in name]
        norms = [p for _, p in named if p.dim() <= 1]
        groups = [{"params": outer, "weight_decay": 0.01}, {"params": norms, "weight_decay": 0.0}]
        self._adam = torch.optim.AdamW(groups, lr=adam_rate, betas=(0.9, 0.95), fused=True)
        self._outer = [*outer, *norms]
        self._adam_rate, self._muon_rate = adam_rate, muon_rate
        self._inner = inner  # what the iteration is computed in: float32 where bfloat16 has no instructions
        shapes: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
        for name, parameter in named:
            if parameter.dim() > 1 and "layers" in name:
                shapes[parameter.shape].append(parameter)
        self._matrices = list(shapes.values())
        self._momenta = [torch.zeros(len(same), *same[0].shape, device=same[0].device) for same in self._matrices]

    def step(self, factor: float) -> None:
        """One update from the gradients, which are dropped; `factor` scales both learning rates."""
        for group in self._adam.param_groups:
            group["lr"] = self._adam_rate * factor
        torch.nn.utils.clip_grad_norm_(self._outer, 1.0)
        self._adam.step()
        self._adam.zero_grad(set_to_none=True)
        for same, momentum in zip(self._matrices, self._momenta, strict=True):
            self._turn(same, momentum, self._muon_rate * factor)

    @torch.no_grad()
    def _turn(self, same: list[nn.Parameter], momentum: Tensor, rate: float) -> None:
        gradients = torch.stack([parameter.grad for parameter in same if parameter.grad is not None])
        momentum.lerp_(gradients, 1.0 - MOMENTUM)
        update = orthogonalised(gradients.lerp_(momentum, MOMENTUM), self._inner)
        scale = max(1.0, same[0].size(0) / same[0].size(1)) ** 0.5
        for parameter, direction in zip(same, update, strict=True):
            parameter.mul_(1.0 - rate * DECAY)
            parameter.add_(direction, alpha=-rate * scale)
            parameter.grad = None

    def state(self) -> dict[str, Any]:
        """Everything an interrupted run needs."""
        return {"adam": self._adam.state_dict(), "momenta": self._momenta}

    def restore(self, state: dict[str, Any]) -> None:
        """Continues from `state`."""
        self._adam.load_state_dict(state["adam"])
        for mine, kept in zip(self._momenta, state["momenta"], strict=True):
            mine.copy_(kept)

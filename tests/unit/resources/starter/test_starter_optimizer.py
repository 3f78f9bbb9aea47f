"""Muon's update is near orthogonal, and an optimizer goes on where its state was taken."""

import copy

import torch
from torch import nn

from resources.starter.optimizer import Optimizer, orthogonalised


class Tiny(nn.Module):
    """A model with one matrix inside a layer, one outside, and a norm."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(8, 16, bias=False)])
        self.head = nn.Linear(16, 4, bias=False)
        self.norm = nn.LayerNorm(16, bias=False)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """The head of the normed layer."""
        hidden: torch.Tensor = self.head(self.norm(self.layers[0](values)))
        return hidden


def test_singular_values_come_near_one() -> None:
    torch.manual_seed(1)
    for shape in ((3, 16, 8), (2, 8, 16)):
        values = torch.linalg.svdvals(orthogonalised(torch.randn(shape), torch.float32))
        assert values.min() > 0.3
        assert values.max() < 1.4


def trained(model: Tiny, optimizer: Optimizer, steps: int) -> None:
    """Some steps towards zero."""
    for _ in range(steps):
        model(torch.ones(2, 8)).square().mean().backward()
        optimizer.step(1.0)


def test_a_restored_optimizer_makes_the_same_step() -> None:
    torch.manual_seed(2)
    first, second = Tiny(), Tiny()
    one = Optimizer(first, 1e-2, 1e-2, torch.float32)
    trained(first, one, 3)
    second.load_state_dict(first.state_dict())
    other = Optimizer(second, 1e-2, 1e-2, torch.float32)
    other.restore(copy.deepcopy(one.state()))
    trained(first, one, 1)
    trained(second, other, 1)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert all(parameter.grad is None for parameter in first.parameters())

"""What is learned: two thin factors beside each linear layer (LoRA, Hu et al. 2021) and the rows of a few pieces.

In the file, layer NAME has `NAME.lora_A` [rank, in] and `NAME.lora_B` [out, rank]; its weight becomes W + B A.
`rows.delta` is added to the rows `rows.ids` of the embedding.
"""

import math
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor


class Adapter:
    """The learned factors in float32; `names` are those of the linear layers."""

    def __init__(
        self, factors: dict[str, tuple[Tensor, Tensor]], row_ids: Tensor, rows: Tensor, pieces: int, frozen: int = 0
    ) -> None:
        self._factors, self.row_ids, self.rows = factors, row_ids, rows
        self._frozen = frozen
        self._place = torch.full((pieces,), -1, dtype=torch.long, device=rows.device)
        self._place[row_ids] = torch.arange(len(row_ids), device=rows.device)
        rows.requires_grad_(True)
        for name, pair in factors.items():
            for factor in pair:
                factor.requires_grad_(int(name.split(".")[2]) >= frozen)

    @property
    def names(self) -> list[str]:
        """The linear layers' weights, as the model's file names them."""
        return list(self._factors)

    def factors(self, name: str) -> tuple[Tensor, Tensor]:
        """A [rank, in] and B [out, rank]."""
        return self._factors[name]

    def rows_of(self, ids: Tensor) -> Tensor:
        """What is added to the embeddings of these ids, zero for most. No gradient goes down through frozen layers."""
        place = self._place[ids]
        rows = self.rows.detach() if self._frozen else self.rows
        return torch.where((place >= 0)[:, None], rows[place.clamp(min=0)], 0.0)

    def parameters(self) -> list[Tensor]:
        """All that is learned."""
        return [*(tensor for pair in self._factors.values() for tensor in pair), self.rows]


def load_adapter(path: Path, pieces: int, device: torch.device, frozen: int = 0) -> Adapter:
    """The adapter of a file, to be trained on from layer `frozen`; `pieces` is the size of the vocabulary."""
    tensors = {name: tensor.to(device) for name, tensor in load_file(path).items()}
    layers = [name.removesuffix(".lora_A.weight") for name in tensors if name.endswith(".lora_A.weight")]
    factors = {
        layer: (tensors[f"{layer}.lora_A.weight"].float(), tensors[f"{layer}.lora_B.weight"].float())
        for layer in layers
    }
    return Adapter(factors, tensors["rows.ids"], tensors["rows.delta"].float(), pieces, frozen)


def new_adapter(
    shapes: dict[str, tuple[int, int]], rank: int, row_ids: list[int], width: int, pieces: int, device: torch.device
) -> Adapter:
    """An adapter that changes nothing yet: B is zero. `shapes` are [out, in] of the linear layers."""
    factors = {
        name: (
            (torch.randn(rank, columns) / math.sqrt(columns)).to(device),
            torch.zeros(rows, rank, device=device),
        )
        for name, (rows, columns) in shapes.items()
    }
    row_numbers = torch.tensor(row_ids, device=device)
    return Adapter(factors, row_numbers, torch.zeros(len(row_ids), width, device=device), pieces)


def save_adapter(adapter: Adapter, path: Path) -> None:
    """Writes the adapter, the factors in bfloat16."""
    tensors = {"rows.ids": adapter.row_ids.cpu(), "rows.delta": adapter.rows.detach().float().cpu()}
    for name in adapter.names:
        for letter, factor in zip("AB", adapter.factors(name), strict=True):
            tensors[f"{name}.lora_{letter}.weight"] = factor.detach().to(torch.bfloat16).cpu().contiguous()
    save_file(tensors, path)

"""The seam between the forward and the products: one function over plain or NF4 weights.

Which kernel multiplies an NF4 weight is decided once, when the weights are fused (`products.py`), and stored in the
weight. So kernels can be exchanged without changing the forward.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch.nn import functional


@dataclass(frozen=True, slots=True, eq=False)
class Nf4Weight:
    """A matrix [rows, columns] as bitsandbytes quantizes it: NF4, blocks of 64 along a row, scales not nested.

    `packed` is uint8 [rows * columns / 2, 1], the first of two weights in the high half of a byte; `absmax` is float32
    [rows * columns / 64].
    """

    packed: torch.Tensor
    absmax: torch.Tensor
    rows: int
    columns: int
    bias: torch.Tensor | None
    product: "Nf4Product"
    form: Any = None  # what the product made of it at load

    @property
    def nbytes(self) -> int:
        bias_bytes = 0 if self.bias is None else self.bias.nbytes
        return self.packed.nbytes + self.absmax.nbytes + bias_bytes


class Nf4Product(Protocol):
    """Multiplies NF4 weights; one object serves all matrices of a model. Attribute: `name`, for log and bench."""

    name: str

    def arrange(self, weight: Nf4Weight) -> Nf4Weight:
        """The weight in the form that this product reads, made once at load; most take it as it is."""
        ...

    def __call__(self, x: torch.Tensor, weight: Nf4Weight) -> torch.Tensor:
        """x [..., columns] -> [..., rows], in x's dtype and without the bias."""
        ...


Weight = torch.Tensor | Nf4Weight


def linear(x: torch.Tensor, weight: Weight) -> torch.Tensor:
    """x [..., columns] times the transpose of weight [rows, columns], plus its bias: [..., rows] in x's dtype."""
    if isinstance(weight, torch.Tensor):
        return functional.linear(x, weight)
    product = weight.product(x, weight)
    return product if weight.bias is None else product + weight.bias

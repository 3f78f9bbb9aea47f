"""Rotary position embedding as Llama has it: the two halves of a head rotate together (Su et al. 2021)."""

import torch

_STEP = 2048


class RopeTable:
    """Cosines and sines by position, float32, computed as far as they are needed. The sines' first half is negated.

    Attributes: `cosines`, `sines`, both [positions, head_dim].
    """

    def __init__(self, inverse_frequencies: torch.Tensor, scale: float, device: torch.device) -> None:
        self._inverse_frequencies = inverse_frequencies.to(device)
        self._scale = scale
        self.cosines = self.sines = torch.empty(0, 2 * len(inverse_frequencies), device=device)

    def reach(self, positions: int) -> None:
        """Make rows for this many positions and some more, so that not every token has to extend them."""
        if positions <= len(self.cosines):
            return
        steps = torch.arange(
            -(-positions // _STEP) * _STEP, device=self._inverse_frequencies.device, dtype=torch.float32
        )
        angles = torch.outer(steps, self._inverse_frequencies)  # [positions, head_dim / 2]
        cosines, sines = angles.cos() * self._scale, angles.sin() * self._scale
        self.cosines = torch.cat((cosines, cosines), dim=-1)
        self.sines = torch.cat((-sines, sines), dim=-1)


def rotate(x: torch.Tensor, cosines: torch.Tensor, sines: torch.Tensor) -> torch.Tensor:
    """x [tokens, heads, head_dim] turned by its positions; cosines and sines [tokens, 1, head_dim] in x's dtype."""
    return torch.addcmul(x * cosines, x.roll(x.shape[-1] // 2, -1), sines)

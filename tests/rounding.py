"""How far rounding may carry logits away from exact ones, computed anew for each text, with float64 as the judge.

A sum of K products in a format with unit roundoff u is off by about sqrt(K) u of the size of its terms, in whatever
order a processor adds them up (Higham and Mary 2019, "A New Approach to Probabilistic Rounding Error Analysis"). What
that does to logits depends on the text: an error grows where a residual stream is small and RMSNorm enlarges it. The
same token behind two texts can differ by a factor of thirty, so no fixed tolerance fits.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from engine.generate.kv_cache import KvCache, LayerKv
from engine.generate.linear import Weight
from engine.generate.llama import LlamaNetwork
from engine.generate.operations import TorchOperations, Window
from engine.generate.sampling import Drawn, Sampler
from engine.generate.weights import LlamaWeights
from engine.kernels import reference
from engine.settings import Sampling

FLOAT32 = 2.0**-24
BFLOAT16 = 2.0**-8  # of a product whose two sides are rounded to it; the sum is float32
_DISTURBED = 4  # forwards beside the exact one
_MARGIN = 6.0  # the largest of few samples is not the largest there is; a fault is off by a thousand times more

Rounding = Callable[[int], float]  # what a sum of so many products may be off by, as a share of the size of its terms


def in_float32(terms: int) -> float:
    return FLOAT32 * terms**0.5


def in_bfloat16(terms: int) -> float:
    return BFLOAT16 + in_float32(terms)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is exact, float64, and how far from it a computation in the judged format may end, for each row of it."""

    exact: torch.Tensor
    bound: torch.Tensor

    def require(self, found: torch.Tensor) -> None:
        """Fail where a row of `found`, shaped as `exact`, is further away than its bound."""
        assert found.shape == self.exact.shape
        share = (found.double() - self.exact).abs().flatten(1).amax(1) / self.bound
        worst = int(share.argmax())
        assert bool((share <= 1).all()), (
            f"row {worst} is off by {float(share[worst] * self.bound[worst]):.2g}, "
            f"and rounding accounts for {float(self.bound[worst]):.2g}"
        )


class Judge:
    """A network's forward in float64: once exact and some times disturbed as rounding may disturb it."""

    def __init__(self, network: LlamaNetwork, rounding: Rounding = in_float32) -> None:
        self._networks = [in_float64(network) for _ in range(1 + _DISTURBED)]
        for seed, disturbed in enumerate(self._networks[1:]):
            disturbed.operations = _Disturbed(disturbed.weights, network.layout.most_tokens, rounding, seed)

    def logits(self, ids: list[int], last: int = 1) -> Verdict:
        """Logits [last, vocab_size] after the last of these tokens, which are read from the first on."""
        return self._verdict([network.read(ids, network.new_cache(), last) for network in self._networks])

    def keys(self, ids: list[int]) -> list[Verdict]:
        """Each layer's keys [tokens, kv_heads, head_dim]."""
        caches = [network.new_cache() for network in self._networks]
        for network, cache in zip(self._networks, caches, strict=True):
            network.read(ids, cache)
        by_layer = zip(*(keys_of(cache) for cache in caches), strict=True)
        return [self._verdict(list(keys)) for keys in by_layer]

    def draws(self, prompt: list[int], tokens: list[int], sampling: Sampling) -> list[Drawn]:
        """What is drawn behind the prompt from exact logits, were these tokens to stand there one after the other.

        Fails where rounding could decide a draw: texts can't be compared then, and another prompt or seed is wanted.
        """
        ids = [*prompt, *tokens[:-1]]
        exact, *disturbed = (
            _draw(network.read(ids, network.new_cache(), len(tokens)), sampling) for network in self._networks
        )
        for drawn in disturbed:
            assert [one.token for one in drawn] == [one.token for one in exact], "rounding could decide this text"
        return exact

    def _verdict(self, found: list[torch.Tensor]) -> Verdict:
        exact, *others = (rows.double() for rows in found)
        moved = torch.stack([(other - exact).abs().flatten(1).amax(1) for other in others]).amax(0)
        return Verdict(exact, _MARGIN * moved)


class _Disturbed(TorchOperations):
    """Every activation that enters a product is off at random by as much as the product's sum may be."""

    def __init__(self, weights: LlamaWeights, most_tokens: int, rounding: Rounding, seed: int) -> None:
        super().__init__(weights, most_tokens)
        self._rounding = rounding
        self._random = torch.Generator().manual_seed(seed)

    def add_norm(
        self, x: torch.Tensor, delta: torch.Tensor | None, weight: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        x, h = super().add_norm(self._stored(x), delta, weight)
        return x, self._disturb(h)

    def rotate_and_store(self, qkv: torch.Tensor, kv: LayerKv, window: Window) -> torch.Tensor:
        return self._disturb(super().rotate_and_store(self._stored(qkv), kv, window))

    def attend(self, q: torch.Tensor, kv: LayerKv, window: Window) -> torch.Tensor:
        return self._disturb(super().attend(q, kv, window))

    def gate(self, gate_up: torch.Tensor) -> torch.Tensor:
        return self._disturb(super().gate(gate_up))

    def _disturb(self, x: torch.Tensor) -> torch.Tensor:
        """What the next product sums up."""
        return self._off(x, self._rounding(x.shape[-1]))

    def _stored(self, x: torch.Tensor) -> torch.Tensor:
        """What is rounded once."""
        return self._off(x, FLOAT32)

    def _off(self, x: torch.Tensor, share: float) -> torch.Tensor:
        return x * (1 + share * (torch.rand(x.shape, generator=self._random, dtype=x.dtype) * 2 - 1))


def keys_of(cache: KvCache) -> list[torch.Tensor]:
    """What each layer holds of the tokens that were read: [tokens, kv_heads, head_dim]."""
    return [layer.keys[: cache.tokens] for layer in cache.layers]


def in_float64(network: LlamaNetwork) -> LlamaNetwork:
    """The same network without rounding to speak of: what ought to be equal is so here whatever the processor."""
    exact = LlamaNetwork(_exact(network.weights), torch.float64, torch.float64, network.layout.most_tokens)
    exact.prefill_rate = network.prefill_rate
    return exact


def _draw(logits: torch.Tensor, sampling: Sampling) -> list[Drawn]:
    sampler = Sampler(sampling, logits.shape[1])
    return [sampler.draw(row) for row in logits]


def _exact(weights: LlamaWeights) -> LlamaWeights:
    """The same weights in float64, 4-bit ones unpacked."""
    layers = tuple(
        replace(
            layer,
            attention_norm=layer.attention_norm.double(),
            mlp_norm=layer.mlp_norm.double(),
            qkv=_unpacked(layer.qkv),
            output=_unpacked(layer.output),
            gate_up=_unpacked(layer.gate_up),
            down=_unpacked(layer.down),
        )
        for layer in weights.layers
    )
    return replace(
        weights,
        embedding=weights.embedding.double(),
        layers=layers,
        norm=weights.norm.double(),
        head=weights.head.double(),
    )


def _unpacked(weight: Weight) -> torch.Tensor:
    if isinstance(weight, torch.Tensor):
        return weight.double()
    assert weight.bias is None
    return reference.dequantize(weight.packed.view(weight.rows, -1), weight.absmax, torch.float64)

"""A loaded Llama: token ids in, logits out, with its own KV cache. It knows nothing of prompts or text."""

from collections.abc import Mapping, Sequence

import torch

from engine.generate.forward import forward
from engine.generate.kv_cache import KvCache, KvLayout
from engine.generate.operations import Branches, TorchOperations, Window
from engine.generate.weights import LlamaWeights


class LlamaNetwork:
    """`engine.models.network.Network` over fused weights.

    Activations are `dtype`, keys and values `kv_dtype`; `most_tokens` is the longest context. Attributes: `weights`,
    and what whoever builds the network measures: `verify_costs`, `prefill_rate` (tokens a second).
    """

    def __init__(
        self,
        weights: LlamaWeights,
        dtype: torch.dtype,
        kv_dtype: torch.dtype,
        most_tokens: int,
    ) -> None:
        self.weights = weights
        self.dtype = dtype
        self.layout = KvLayout(weights.devices, weights.kv_heads, weights.head_dim, kv_dtype, most_tokens)
        self.verify_costs: Mapping[int, float] = {}
        self.prefill_rate = 0.0
        self.operations = TorchOperations(weights, most_tokens)

    @property
    def weights_bytes(self) -> int:
        return self.weights.nbytes()

    def new_cache(self) -> KvCache:
        """An empty cache; `reserve` takes its memory."""
        return KvCache(self.layout)

    def read(self, ids: Sequence[int], cache: KvCache, last: int = 1) -> torch.Tensor:
        """Append `ids` to the cache; logits [last, vocab_size], float32, for the last `last` of them.

        If it raises, the cache is unchanged.
        """
        return self._read(ids, cache, last, None)

    def read_branches(self, ids: Sequence[int], cache: KvCache, branches: Branches) -> torch.Tensor:
        """Read one token for each continuation; logits [count, vocab_size], float32."""
        return self._read(ids, cache, len(ids), branches)

    def _read(self, ids: Sequence[int], cache: KvCache, last: int, branches: Branches | None) -> torch.Tensor:
        with torch.inference_mode():
            start, count = cache.tokens, len(ids)
            cache.reserve(start + count)
            tokens = torch.tensor(ids, device=self.weights.embedding.device)
            x = self.weights.embedding[tokens].to(self.dtype)
            windows: dict[torch.device, Window] = {
                device: self.operations.open_window(start, count, device, self.dtype, branches)
                for device in dict.fromkeys(self.layout.devices)
            }
            logits = forward(self.weights, self.operations, x, cache, windows, last)
            cache.tokens = start + count
        return logits

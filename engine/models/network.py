"""The one place that knows transformers and bitsandbytes: a Llama folder in, token ids to logits out.

Importing this module imports torch; transformers and bitsandbytes follow when weights are read.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import torch

from engine.models.config_file import LlamaShape
from engine.models.device import Placement
from engine.models.inspection import ModelFolder

_DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}

OnTensor = Callable[[int, int], None]


class KvCache(Protocol):
    """Keys and values of the tokens that a network has read."""

    @property
    def tokens(self) -> int: ...

    def truncate(self, tokens: int) -> None:
        """Forget all but the first `tokens` tokens."""
        ...


class Network(Protocol):
    """What generation needs of a loaded model."""

    def new_cache(self) -> Any:
        """An empty `KvCache` of this network's own kind."""
        ...

    def forward(self, ids: Sequence[int], cache: Any) -> torch.Tensor:
        """Read `ids` after what `cache` holds, append them to it, and return the logits after the last one.

        Shape [vocab_size], float32, on the CPU. Where it raises, the cache may be left half extended.
        """
        ...


class LlamaCache:
    """`KvCache` over transformers' DynamicCache, which grows by concatenation."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    @property
    def tokens(self) -> int:
        return int(self.inner.get_seq_length())

    def truncate(self, tokens: int) -> None:
        surplus = self.tokens - tokens
        if surplus > 0:
            self.inner.crop(-surplus)  # since transformers 5 a negative count of tokens to remove


class LlamaNetwork:
    """`Network` over a LlamaForCausalLM whose matrices are bitsandbytes' Linear4bit.

    Attributes: `layers`, their number; `model`, transformers' own object, for comparison in tests.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.layers = len(model.model.layers)

    def new_cache(self) -> LlamaCache:
        from transformers import DynamicCache

        return LlamaCache(DynamicCache(config=self.model.config))

    def forward(self, ids: Sequence[int], cache: LlamaCache) -> torch.Tensor:
        with torch.inference_mode():
            input_ids = torch.tensor([list(ids)], device=self.model.device)  # [1, tokens]
            output = self.model(
                input_ids=input_ids, past_key_values=cache.inner, use_cache=True, logits_to_keep=1
            )  # logits [1, 1, vocab_size]
            logits: torch.Tensor = output.logits[0, -1].float().cpu()
        return logits

    def prepare_layer(self, index: int) -> None:
        """Let bitsandbytes do now what it otherwise does in the first forward: repack the layer for this processor.

        About a second for a layer of a 7B (performance.md, section 9).
        """
        with torch.inference_mode():
            for linear in _linears(self.model.model.layers[index]):
                linear(torch.zeros(1, linear.in_features, dtype=self.model.dtype, device=self.model.device))

    def weights_bytes(self) -> int:
        """Bytes the weights occupy, scales of the 4-bit blocks included."""
        states = [linear.weight.quant_state for linear in _linears(self.model)]
        scales = [state.absmax for state in states] + [state.state2.absmax for state in states if state.nested]
        return sum(int(tensor.nbytes) for tensor in (*self.model.parameters(), *scales))


def read_network(folder: ModelFolder, placement: Placement, on_tensor: OnTensor) -> LlamaNetwork:
    """Read a checked folder's weights and quantize them to NF4 with double quantization.

    `on_tensor(done, total)` is called before each tensor and may raise to stop. Nothing is fetched and no code of the
    folder runs: the configuration is built from the checked shape, and only safetensors are opened.
    """
    # Offline in every way, also for what bitsandbytes would ask for if `kernels` were installed.
    os.environ["HF_HUB_OFFLINE"] = "1"
    logging.getLogger("bitsandbytes.backends.cpu.ops").addFilter(_is_not_about_kernels)
    from transformers import BitsAndBytesConfig, GenerationConfig, LlamaConfig, LlamaForCausalLM
    from transformers.utils.logging import set_tqdm_hook

    compute_dtype = _DTYPES[placement.compute_dtype]
    previous = set_tqdm_hook(_counting(on_tensor))
    try:
        model = LlamaForCausalLM.from_pretrained(
            folder.path,
            config=LlamaConfig(**_config(folder.shape)),
            generation_config=GenerationConfig(),  # else it would be read from the folder
            quantization_config=BitsAndBytesConfig(
                load_in_4bit=True,
                bnb_4bit_quant_type="nf4",
                bnb_4bit_compute_dtype=compute_dtype,
                bnb_4bit_use_double_quant=True,
            ),
            dtype=compute_dtype,
            device_map={"": placement.device},
            attn_implementation="sdpa",
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
        )
    finally:
        set_tqdm_hook(previous)
    return LlamaNetwork(model.eval())


def _config(shape: LlamaShape) -> dict[str, object]:
    """The arguments of transformers' LlamaConfig."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "vocab_size": shape.vocab_size,
        "hidden_size": shape.hidden_size,
        "intermediate_size": shape.intermediate_size,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_dim,
        "max_position_embeddings": shape.max_positions,
        "rms_norm_eps": shape.rms_norm_eps,
        "rope_parameters": {
            "rope_type": shape.rope.kind,
            "rope_theta": shape.rope.theta,
            **dict(shape.rope.scaling),
        },
        "tie_word_embeddings": shape.tied_embeddings,
        "attention_bias": shape.attention_bias,
        "mlp_bias": shape.mlp_bias,
    }


def _linears(module: Any) -> Iterator[Any]:
    from bitsandbytes.nn import Linear4bit

    return (child for child in module.modules() if isinstance(child, Linear4bit))


def _counting(on_tensor: OnTensor) -> Any:
    """A progress hook for transformers: bars that draw nothing and report the position instead."""
    from transformers.utils.logging import EmptyTqdm

    class CountingBar(EmptyTqdm):  # type: ignore[misc]  # neither has transformers
        def __iter__(self) -> Iterator[Any]:
            items = list(self._iterator)
            for done, item in enumerate(items):
                on_tensor(done, len(items))
                yield item

    def make_bar(factory: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> CountingBar:
        return CountingBar(*args, **kwargs)

    return make_bar


def _is_not_about_kernels(record: logging.LogRecord) -> bool:
    """False for the warning that the package `kernels` is absent, which it must be (code-llama.md, section 13)."""
    return "kernels" not in record.getMessage()

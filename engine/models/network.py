"""The one place that knows transformers and bitsandbytes: a Llama folder in, token ids to logits out.

Importing this module imports torch; transformers and bitsandbytes follow when weights are read.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import torch

from engine.models.config_file import LlamaShape
from engine.models.device import Placement
from engine.models.inspection import ModelFolder

_DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}

OnTensor = Callable[[int, int], None]


class KvRows(Protocol):
    """Keys and values of some neighbouring tokens, copied out of a cache."""

    @property
    def nbytes(self) -> int: ...


class KvCache(Protocol):
    """Keys and values of the tokens that a network has read."""

    @property
    def tokens(self) -> int: ...

    def reserve(self, tokens: int) -> None:
        """Have room for so many tokens."""
        ...

    def truncate(self, tokens: int) -> None:
        """Forget all but the first `tokens` tokens."""
        ...

    def copy_out(self, start: int, stop: int) -> Any:
        """The `KvRows` [start, stop)."""
        ...

    def copy_in(self, start: int, rows: Any, skip: int, count: int) -> None:
        """Put `count` rows, from the one at `skip` on, to where position `start` is, and end behind them."""
        ...


class Network(Protocol):
    """What generation needs of a loaded model.

    `verify_costs`: what reading so many tokens at once costs, as a multiple of reading one; empty where drafts are not
    to be tried.
    """

    @property
    def verify_costs(self) -> Mapping[int, float]: ...

    @property
    def weights_bytes(self) -> int: ...

    def new_cache(self) -> Any:
        """An empty `KvCache` of this network's own kind."""
        ...

    def read(self, ids: Sequence[int], cache: Any, last: int = 1) -> torch.Tensor:
        """Read `ids` after what `cache` holds and append them to it; the logits after the last `last` of them.

        Shape [last, vocab_size], float32. Where it raises, the cache holds what it held before.
        """
        ...

    def read_branches(self, ids: Sequence[int], cache: Any, branches: Any) -> torch.Tensor:
        """Read one token for each of several continuations of one text (`engine.generate.operations.Branches`).

        Logits [len(ids), vocab_size], float32.
        """
        ...


def read_model(folder: ModelFolder, placement: Placement, on_tensor: OnTensor) -> Any:
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
    return model.eval()


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

"""The shape of the network in a GGUF file, from its metadata, checked as config.json's is."""

from collections.abc import Mapping

from engine.gguf.faults import shown_name, unsupported
from engine.gguf.header import GgufFile
from engine.gguf.metadata import StoredArray, Value
from engine.models.config_file import LlamaShape, shape_of
from engine.models.config_values import ConfigValues

EMBEDDING, HEAD = "token_embd.weight", "output.weight"
_LLAMA = "llama."
_KEYS: Mapping[str, str] = {
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "num_hidden_layers": "block_count",
    "num_attention_heads": "attention.head_count",
    "num_key_value_heads": "attention.head_count_kv",
    "head_dim": "attention.key_length",
    "max_position_embeddings": "context_length",
    "rms_norm_eps": "attention.layer_norm_rms_epsilon",
}


def read_shape(file: GgufFile, *, vocab_size: int = 0, eos: int) -> LlamaShape:
    """The shape. `vocab_size` 0 takes as many rows as the embedding has; `eos` is the id that ends a text.

    Raises LacunaError: MODEL_INVALID where a number is missing or senseless, UNSUPPORTED where the network is not a
    plain Llama.
    """
    metadata, tensors = file.metadata, file.tensors
    fields: dict[str, object] = {name: _plain(metadata.get(_LLAMA + key)) for name, key in _KEYS.items()}
    if vocab_size == 0 and EMBEDDING in tensors:
        vocab_size = tensors[EMBEDDING].dims[0]
    fields |= {
        "vocab_size": vocab_size,
        "rope_parameters": _rope(metadata),
        "tie_word_embeddings": HEAD not in tensors,
        "attention_bias": any(name.endswith("attn_q.bias") for name in tensors),
        "mlp_bias": any(name.endswith("ffn_up.bias") for name in tensors),
        "eos_token_id": eos,
        "_name_or_path": metadata.get("general.name"),
    }
    shape = shape_of(ConfigValues(fields, f"The header of {shown_name(file.path)}"))
    stated = {metadata.get(_LLAMA + key, shape.head_dim) for key in ("attention.value_length", "rope.dimension_count")}
    if stated != {shape.head_dim}:
        raise unsupported(
            "This model turns a part of each head only, or its values have another size than its keys.",
            "Choose a Code Llama model, or another one of the Llama architecture.",
        )
    return shape


def _plain(value: Value | None) -> object:
    """An entry as config.json would have it: a list, which none of these may be, as an empty one, and a fraction as the
    decimal number that it was before it was stored in 32 bits.
    """
    if isinstance(value, StoredArray):
        return []
    return float(f"{value:.7g}") if isinstance(value, float) else value


def _rope(metadata: Mapping[str, Value]) -> dict[str, object]:
    """In the names of config.json."""
    rope: dict[str, object] = {}
    if (theta := metadata.get("llama.rope.freq_base")) is not None:
        rope["rope_theta"] = _plain(theta)
    kind = metadata.get("llama.rope.scaling.type", "none")
    factor = metadata.get("llama.rope.scaling.factor", metadata.get("llama.rope.scale_linear"))
    if kind == "none" and "llama.rope.scale_linear" in metadata:  # the key until October 2023
        kind = "linear"
    if kind != "none":
        rope |= {"rope_type": _plain(kind), "factor": _plain(factor)}
    return rope

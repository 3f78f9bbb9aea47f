"""Writes small GGUF files with llama.cpp's own package: sound ones, for tests to read and to spoil."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
from gguf import GGMLQuantizationType, GGUFWriter, quantize

from engine.models.config_file import LlamaShape
from tests.model_folders import SHAPE

# llama.cpp's names by transformers', of what stands once and of what stands in a layer.
TABLES = {
    "model.embed_tokens.weight": "token_embd.weight",
    "lm_head.weight": "output.weight",
    "model.norm.weight": "output_norm.weight",
}
LAYER = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}

Arrays = Mapping[str, np.ndarray[Any, Any]]


def write_gguf(
    path: Path,
    weights: Arrays,
    tokenizer: Path | Mapping[str, Any],
    shape: LlamaShape = SHAPE,
    packing: str = "F32",
    **changes: Any,
) -> Path:
    """A file with the weights of a Llama under transformers' names, matrices packed as said, others in F32.

    `tokenizer` is a SentencePiece model, or entries by the name behind `tokenizer.ggml.`. `changes` replace entries
    of the metadata, with `__` for a dot; None takes one out.
    """
    metadata = {**_metadata(shape), **_tokenizer(tokenizer)}
    metadata |= {name.replace("__", "."): value for name, value in changes.items()}
    writer = GGUFWriter(path, "llama")
    for name, value in metadata.items():
        if value is not None:
            _add(writer, name, value)
    for name, array in weights.items():
        is_matrix = array.ndim > 1
        kind = GGMLQuantizationType[packing if is_matrix else "F32"]
        packed = quantize(_side_by_side(name, array, shape), kind)
        writer.add_tensor(llamas_name(name), packed, raw_dtype=kind)
    write_out(writer)
    return path


def arrays_of(folder: Path) -> Arrays:
    """The weights of a folder in float32."""
    from safetensors.torch import load_file

    tensors = {name: tensor for path in folder.glob("*.safetensors") for name, tensor in load_file(path).items()}
    return {name: tensor.float().numpy() for name, tensor in tensors.items()}


def write_vocabulary(path: Path, tokenizer: Mapping[str, Any]) -> Path:
    """A file with a vocabulary and one small tensor."""
    writer = GGUFWriter(path, "llama")
    for name, value in _tokenizer(tokenizer).items():
        _add(writer, name, value)
    writer.add_tensor("output_norm.weight", np.ones(64, np.float32))
    write_out(writer)
    return path


def write_out(writer: GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def llamas_name(name: str) -> str:
    """llama.cpp's name for a tensor; any other name stays as it is."""
    if not name.startswith("model.layers."):
        return TABLES.get(name, name)
    _, _, layer, rest = name.split(".", 3)
    inner, _, kind = rest.rpartition(".")
    return f"blk.{layer}.{LAYER[inner]}.{kind}"


def _side_by_side(name: str, array: np.ndarray[Any, Any], shape: LlamaShape) -> np.ndarray[Any, Any]:
    """Queries and keys as convert_hf_to_gguf writes them: the two of a rope pair in neighbouring rows."""
    heads = shape.heads if ".q_proj." in name else shape.kv_heads if ".k_proj." in name else 0
    if not heads:
        return array
    halves = array.reshape(heads, 2, array.shape[0] // heads // 2, *array.shape[1:])
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(array.shape))


def _metadata(shape: LlamaShape) -> dict[str, Any]:
    return {
        "general.name": "Tiny",
        "llama.context_length": shape.max_positions,
        "llama.embedding_length": shape.hidden_size,
        "llama.feed_forward_length": shape.intermediate_size,
        "llama.block_count": shape.layers,
        "llama.attention.head_count": shape.heads,
        "llama.attention.head_count_kv": shape.kv_heads,
        "llama.attention.layer_norm_rms_epsilon": shape.rms_norm_eps,
        "llama.rope.freq_base": shape.rope.theta,
        "llama.rope.dimension_count": shape.head_dim,
    }


def _tokenizer(tokenizer: Path | Mapping[str, Any]) -> dict[str, Any]:
    entries = llama_vocabulary(tokenizer) if isinstance(tokenizer, Path) else tokenizer
    return {f"tokenizer.ggml.{name}": value for name, value in entries.items()}


def llama_vocabulary(path: Path) -> dict[str, Any]:
    """A SentencePiece model as convert_hf_to_gguf writes it."""
    model = sentencepiece.SentencePieceProcessor(model_file=str(path))
    ids = range(model.get_piece_size())
    kinds = (("is_unknown", 2), ("is_control", 3), ("is_unused", 5), ("is_byte", 6))
    return {
        "model": "llama",
        "tokens": [model.id_to_piece(token_id) for token_id in ids],
        "scores": [model.get_score(token_id) for token_id in ids],
        "token_type": [next((kind for name, kind in kinds if getattr(model, name)(token_id)), 1) for token_id in ids],
        "bos_token_id": model.bos_id(),
        "eos_token_id": model.eos_id(),
        "unknown_token_id": model.unk_id(),
    }


def _add(writer: GGUFWriter, name: str, value: Any) -> None:
    match value:
        case bool():
            writer.add_bool(name, value)
        case int():
            writer.add_uint32(name, value)
        case float():
            writer.add_float32(name, value)
        case str():
            writer.add_string(name, value)
        case _:
            writer.add_array(name, value)

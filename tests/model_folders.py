"""Writes small model folders: sound ones for tests to spoil, by hand and, but for random weights, without torch."""

import json
import math
import shutil
from collections.abc import Mapping
from pathlib import Path

from engine.models.config_file import LlamaShape, Rope

TOKENIZER_PIECES = 4096  # the starter's, which the folders share
ENDLESS_TOKENS = 16_384  # what a model that never ends has room for: no processor writes them within seconds

CONFIG: Mapping[str, object] = {
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 128,
    "intermediate_size": 192,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": TOKENIZER_PIECES,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-5,
    "rope_theta": 1e6,
    "hidden_act": "silu",
    "eos_token_id": 2,
}

SHAPE = LlamaShape(
    hidden_size=128,
    intermediate_size=192,
    layers=2,
    heads=4,
    kv_heads=2,
    head_dim=32,
    vocab_size=TOKENIZER_PIECES,
    max_positions=256,
    rope=Rope(1e6),
    rms_norm_eps=1e-5,
    tied_embeddings=False,
    attention_bias=False,
    mlp_bias=False,
    eos_ids=(2,),
    source_name="",
)


def tensor_dims(shape: LlamaShape = SHAPE) -> dict[str, tuple[int, ...]]:
    """Every tensor of a Llama network of that shape, written out apart from the code under test."""
    hidden, rest = shape.hidden_size, shape.intermediate_size
    query, pair = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    dims: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": (shape.vocab_size, hidden),
        "lm_head.weight": (shape.vocab_size, hidden),
        "model.norm.weight": (hidden,),
    }
    for layer in range(shape.layers):
        base = f"model.layers.{layer}."
        dims |= {
            base + "input_layernorm.weight": (hidden,),
            base + "post_attention_layernorm.weight": (hidden,),
            base + "self_attn.q_proj.weight": (query, hidden),
            base + "self_attn.k_proj.weight": (pair, hidden),
            base + "self_attn.v_proj.weight": (pair, hidden),
            base + "self_attn.o_proj.weight": (hidden, query),
            base + "mlp.gate_proj.weight": (rest, hidden),
            base + "mlp.up_proj.weight": (rest, hidden),
            base + "mlp.down_proj.weight": (hidden, rest),
        }
    return dims


def write_safetensors(
    path: Path, dims: Mapping[str, tuple[int, ...]], dtype: str = "BF16", element_bytes: int = 2
) -> None:
    """A safetensors file of zeros."""
    header, data_bytes = _header(dims, dtype, element_bytes)
    path.write_bytes(header + bytes(data_bytes))


def write_sparse_safetensors(path: Path, dims: Mapping[str, tuple[int, ...]]) -> None:
    """The same in bf16 for any size: a file that says it holds zeros and takes no room on the disk."""
    header, data_bytes = _header(dims, "BF16", 2)
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + data_bytes)


def _header(dims: Mapping[str, tuple[int, ...]], dtype: str, element_bytes: int) -> tuple[bytes, int]:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, sizes in dims.items():
        stop = offset + math.prod(sizes) * element_bytes
        header[name] = {"dtype": dtype, "shape": list(sizes), "data_offsets": [offset, stop]}
        offset = stop
    encoded = json.dumps(header).encode()
    return len(encoded).to_bytes(8, "little") + encoded, offset


def write_folder(folder: Path, starter: Path, **changes: object) -> Path:
    """A sound folder, whose config.json has `changes`; a change to None takes the key out."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {name: value for name, value in {**CONFIG, **changes}.items() if value is not None}
    (folder / "config.json").write_text(json.dumps(config))
    write_safetensors(folder / "model.safetensors", tensor_dims())
    shutil.copyfile(starter / "tokenizer.model", folder / "tokenizer.model")
    return folder


def write_shards(folder: Path) -> list[Path]:
    """Split the folder's weights into two files and an index."""
    dims = tensor_dims()
    names = list(dims)
    halves = names[: len(names) // 2], names[len(names) // 2 :]
    paths = [folder / f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    for path, half in zip(paths, halves, strict=True):
        write_safetensors(path, {name: dims[name] for name in half})
    weight_map = {name: path.name for path, half in zip(paths, halves, strict=True) for name in half}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    (folder / "model.safetensors").unlink()
    return paths


def write_endless_model(folder: Path, starter: Path) -> Path:
    """The starter, which writes as it does but never ends: the end is as likely as a token that it never saw."""
    shutil.copytree(starter, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "max_position_embeddings": ENDLESS_TOKENS}))
    weights = bytearray((folder / "model.safetensors").read_bytes())
    data = 8 + int.from_bytes(weights[:8], "little")
    entry = json.loads(weights[8:data])["lm_head.weight"]
    row = config["hidden_size"] * 2  # bytes, of bf16
    unseen, end = (data + entry["data_offsets"][0] + row * token for token in (0, config["eos_token_id"]))
    weights[end : end + row] = weights[unseen : unseen + row]
    (folder / "model.safetensors").write_bytes(weights)
    return folder


def write_random_weights(folder: Path, shape: LlamaShape, dtype: str = "bfloat16") -> None:
    """Weights of that shape as transformers saves a fresh model, in shards, large enough that logits differ widely."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(5)
    config = LlamaConfig(
        vocab_size=shape.vocab_size,
        hidden_size=shape.hidden_size,
        intermediate_size=shape.intermediate_size,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=shape.max_positions,
        rope_parameters={"rope_type": "default", "rope_theta": shape.rope.theta},
        tie_word_embeddings=shape.tied_embeddings,
        attention_bias=shape.attention_bias,
        mlp_bias=shape.mlp_bias,
        initializer_range=0.2,
        eos_token_id=2,
    )
    model = LlamaForCausalLM(config)
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.2)
    model.to(getattr(torch, dtype)).save_pretrained(folder, max_shard_size="2MB")

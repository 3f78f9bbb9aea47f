"""The tensors of a GGUF file under transformers' names."""

import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.gguf.faults import shown_name, unsupported
from engine.gguf.header import GgufFile, GgufTensor
from engine.gguf.packings import PACKINGS, Packing
from engine.models.config_file import LlamaShape
from engine.models.gguf_shape import EMBEDDING, HEAD
from engine.models.safetensors_files import WeightFiles
from engine.models.safetensors_header import StoredTensor

_TABLES: Mapping[str, str] = {
    EMBEDDING: "model.embed_tokens.weight",
    HEAD: "lm_head.weight",
    "output_norm.weight": "model.norm.weight",
}
_LAYER: Mapping[str, str] = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_LAYER_NAME = re.compile(r"blk\.(\d{1,4})\.(\w+)\.(weight|bias)")
# By the bits a weight that the file has at least; measured (docs/performance.md, "Quantizing twice").
_COSTS = (
    (8, "That costs nothing beside what NF4 itself costs."),
    (5.9, "That costs a little more than NF4 alone."),
    (5.1, "That costs up to half as much again as NF4 alone; a Q8_0 or F16 file would lose less."),
    (0, "That costs nearly twice what NF4 alone costs; a Q8_0 or F16 file, or the original folder, would lose less."),
)
_STRETCHED = "rope_freqs.weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedTensor(StoredTensor):
    """A tensor in a GGUF file. `dtype` and `dims` are those of the dequantized tensor.

    `heads` other than 0: the halves that rope turns against each other stand side by side in each head, as llama.cpp
    wants them, and have to be parted. `rows` other than empty: these of the `file_rows` rows, in this order.
    """

    packing: Packing = PACKINGS[0]
    heads: int = 0
    rows: Sequence[int] = ()
    file_rows: int = 1

    @property
    def stored_as(self) -> str:
        return self.packing.name


def find_packed(file: GgufFile, shape: LlamaShape, rows: Sequence[int] = ()) -> WeightFiles:
    """The file's tensors as weights; `rows` are those of embedding and head that its vocabulary's ids stand for.

    Raises LacunaError UNSUPPORTED if there is a tensor that no plain Llama has: without it, answers would be wrong.
    """
    tensors: dict[str, StoredTensor] = {}
    order = array("I", rows)
    for name, tensor in file.tensors.items():
        known = _known_name(name)
        if known is None:
            raise _foreign(file, name)
        tensors[known] = _packed(known, tensor, shape, order)
    return WeightFiles((file.path,), file.size_bytes, tensors, dict.fromkeys(tensors, file.path))


def quantized_before(weights: WeightFiles) -> tuple[str, ...]:
    """A sentence for the person if the matrices come quantized, since they are then quantized twice."""
    packings = {
        tensor.packing
        for name, tensor in weights.tensors.items()
        if isinstance(tensor, PackedTensor) and name.endswith("_proj.weight") and tensor.packing.is_quantized
    }
    if not packings:
        return ()
    names = " and ".join(packing.name for packing in sorted(packings, key=lambda packing: -packing.bits))
    least_bits = min(packing.bits for packing in packings)
    cost = next(words for bits, words in _COSTS if least_bits >= bits)
    return (f"These weights were quantized before ({names}) and are quantized once more here, to NF4. {cost}",)


def _known_name(name: str) -> str | None:
    if (table := _TABLES.get(name)) is not None:
        return table
    found = _LAYER_NAME.fullmatch(name)
    if found is None or found[2] not in _LAYER:
        return None
    return f"model.layers.{int(found[1])}.{_LAYER[found[2]]}.{found[3]}"


def _packed(name: str, tensor: GgufTensor, shape: LlamaShape, rows: Sequence[int]) -> PackedTensor:
    heads = shape.heads if ".q_proj." in name else shape.kv_heads if ".k_proj." in name else 0
    has_ids = bool(rows) and name in ("model.embed_tokens.weight", "lm_head.weight")
    return PackedTensor(
        # Of the 16-bit formats float16 is closer to a block's values, which are integers times a float16.
        dtype="F16" if tensor.packing.is_quantized else tensor.packing.name,
        dims=(len(rows), *tensor.dims[1:]) if has_ids and max(rows) < tensor.dims[0] else tensor.dims,
        start=tensor.start,
        packing=tensor.packing,
        heads=heads,
        rows=rows if has_ids else (),
        file_rows=tensor.dims[0],
    )


def _foreign(file: GgufFile, name: str) -> Exception:
    if name == _STRETCHED:
        return unsupported(
            "This model stretches its positions by factors of its own (rope_freqs), as Llama 3.1 does.",
            "Choose a Code Llama model, or the folder that this file was made of.",
        )
    return unsupported(
        f"{shown_name(file.path)} holds the tensor {name[:80]}, which a plain Llama has not.",
        "Choose a Code Llama model, or another one of the Llama architecture.",
    )

"""The fused weights of the forward, taken out of transformers' model without a second copy.

Query, key and value become one matrix, gate and up another. NF4 blocks run along a row, so concatenating rows changes
no bit, and seven products per layer become four
(docs/performance.md, "Fusing quantized matrices").
transformers' modules keep views of the fused storage, so its own forward runs on the same bytes.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from engine.generate.linear import Nf4Product, Nf4Weight, Weight
from engine.kernels.nf4_format import BLOCK, CODES_PER_BYTE


@dataclass(frozen=True, slots=True, eq=False)
class LlamaLayer:
    """One layer. Shapes [out, in]: qkv [(heads + 2 kv_heads) head_dim, hidden], gate_up [2 intermediate, hidden]."""

    attention_norm: torch.Tensor
    qkv: Weight
    output: Weight
    mlp_norm: torch.Tensor
    gate_up: Weight
    down: Weight
    device: torch.device

    @property
    def matrices(self) -> tuple[Weight, Weight, Weight, Weight]:
        return self.qkv, self.output, self.gate_up, self.down


@dataclass(frozen=True, slots=True, eq=False)
class LlamaWeights:
    """A whole network: embedding and head [vocab, hidden], norms [hidden], and the sizes that the tensors don't tell.

    `inverse_frequencies` [head_dim / 2] and `rope_scale` are the checkpoint's rotary embedding, its scaling included.
    """

    embedding: torch.Tensor
    layers: tuple[LlamaLayer, ...]
    norm: torch.Tensor
    head: torch.Tensor
    heads: int
    kv_heads: int
    head_dim: int
    norm_eps: float
    inverse_frequencies: torch.Tensor
    rope_scale: float

    @property
    def vocab_size(self) -> int:
        return self.head.shape[0]

    @property
    def devices(self) -> tuple[torch.device, ...]:
        """Where each layer is."""
        return tuple(layer.device for layer in self.layers)

    def nbytes(self) -> int:
        """Bytes of all tensors; a head that is the embedding counts once."""
        tensors: list[Any] = [self.embedding, self.norm]
        tensors += [] if self.head is self.embedding else [self.head]
        for layer in self.layers:
            tensors += [layer.attention_norm, layer.mlp_norm, *layer.matrices]
        return sum(int(tensor.nbytes) for tensor in tensors)


def take_weights(model: Any, product: Nf4Product, norm_dtype: torch.dtype) -> Generator[int, None, LlamaWeights]:
    """Fuse a LlamaForCausalLM layer by layer, telling how many are done; `product` multiplies the NF4 matrices.

    The model must not have run before: on some processors bitsandbytes rearranges its weights at first use.
    """
    layers = []
    for index, layer in enumerate(model.model.layers):
        yield index
        layers.append(_take_layer(layer, product, norm_dtype))
    config, rotary = model.config, model.model.rotary_emb
    embedding = model.model.embed_tokens.weight.data
    return LlamaWeights(
        embedding=embedding,
        layers=tuple(layers),
        norm=model.model.norm.weight.data.to(norm_dtype),
        head=embedding if config.tie_word_embeddings else model.lm_head.weight.data,
        heads=config.num_attention_heads,
        kv_heads=config.num_key_value_heads,
        head_dim=head_dim(config),
        norm_eps=config.rms_norm_eps,
        inverse_frequencies=rotary.inv_freq.float(),
        rope_scale=float(rotary.attention_scaling),
    )


def head_dim(config: Any) -> int:
    """The size of a head: stated, or what the hidden size leaves for each."""
    stated = getattr(config, "head_dim", None)
    return int(stated or config.hidden_size // config.num_attention_heads)


def _take_layer(layer: Any, product: Nf4Product, norm_dtype: torch.dtype) -> LlamaLayer:
    attention, mlp = layer.self_attn, layer.mlp
    return LlamaLayer(
        attention_norm=layer.input_layernorm.weight.data.to(norm_dtype),
        qkv=_fuse([attention.q_proj, attention.k_proj, attention.v_proj], product),
        output=_fuse([attention.o_proj], product),
        mlp_norm=layer.post_attention_layernorm.weight.data.to(norm_dtype),
        gate_up=_fuse([mlp.gate_proj, mlp.up_proj], product),
        down=_fuse([mlp.down_proj], product),
        device=layer.input_layernorm.weight.device,
    )


def _fuse(modules: Sequence[Any], product: Nf4Product) -> Weight:
    """Concatenate the rows of several matrices; the modules then share its storage."""
    if not hasattr(modules[0].weight, "quant_state"):
        return _fuse_plain(modules)
    packed = _joined([module.weight.data.reshape(-1, 1) for module in modules])
    absmax = _joined([plain_absmax(module.weight.quant_state) for module in modules])
    columns = modules[0].weight.quant_state.shape[1]
    row = 0
    for module in modules:
        rows = module.weight.quant_state.shape[0]
        _show_rows(module, packed, absmax, row, rows, columns)
        row += rows
    has_bias = modules[0].bias is not None  # Llama's matrices of one kind have one each, or none has
    bias = torch.cat([module.bias.data for module in modules]) if has_bias else None
    return product.arrange(Nf4Weight(packed, absmax, row, columns, bias, product))


def _show_rows(module: Any, packed: torch.Tensor, absmax: torch.Tensor, row: int, rows: int, columns: int) -> None:
    """Let a Linear4bit hold rows of the fused storage instead of bytes of its own."""
    state = module.weight.quant_state
    start, stop = row * columns, (row + rows) * columns
    module.weight.data = packed[start // CODES_PER_BYTE : stop // CODES_PER_BYTE]
    state.absmax = absmax[start // BLOCK : stop // BLOCK]
    state.nested, state.offset, state.state2 = False, None, None


def plain_absmax(state: Any) -> torch.Tensor:
    """The scales of a quantized matrix as float32 [blocks], whether they are themselves quantized or not."""
    if not state.nested:
        absmax: torch.Tensor = state.absmax
        return absmax.float()
    from bitsandbytes.functional import dequantize_blockwise

    plain: torch.Tensor = dequantize_blockwise(state.absmax, state.state2) + state.offset
    return plain.float()


def _fuse_plain(modules: Sequence[Any]) -> torch.Tensor:
    """The same for matrices that are not quantized, as comparisons have them; those have no biases."""
    if any(module.bias is not None for module in modules):
        raise ValueError("a plain matrix with a bias cannot be fused")
    return _joined([module.weight.data for module in modules])


def _joined(tensors: list[torch.Tensor]) -> torch.Tensor:
    return tensors[0] if len(tensors) == 1 else torch.cat(tensors)

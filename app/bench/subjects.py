"""The measured models: the starter or a folder, a narrow one with many layers, and Code Llama's real shapes.

Random weights suffice for speed; nothing here depends on their text.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from engine.generate.build import choose_steps, measure
from engine.generate.build import fuse as fuse_model
from engine.generate.llama import LlamaNetwork
from engine.generate.steps import StepsFactory
from engine.kernels.nf4_format import BLOCK
from engine.models.catalogue import PLAIN_PIECES
from engine.models.device import Placement

_DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a Llama network, as its config.json gives them."""

    name: str
    hidden_size: int
    intermediate_size: int
    layers: int
    heads: int
    kv_heads: int
    vocab_size: int = 32016
    head_dim: int = 128


NARROW = Shape("narrow, 32 layers", 256, 704, 32, 4, 4, vocab_size=4096, head_dim=64)
SHAPE_7B = Shape("7B shapes, random", 4096, 11008, 32, 32, 32)
SHAPE_34B = Shape("34B shapes, random", 8192, 22016, 48, 64, 8, vocab_size=PLAIN_PIECES)


@dataclass(frozen=True, slots=True)
class Subject:
    """transformers' model and our network over the same weights, and our sampler."""

    name: str
    model: Any
    network: LlamaNetwork
    steps: StepsFactory
    device: torch.device
    weights_bytes: int

    @property
    def vocab_size(self) -> int:
        return self.network.weights.vocab_size

    @property
    def described(self) -> str:
        """The compute dtype and the product, in words."""
        qkv = self.network.weights.layers[0].qkv
        product = "plain weights" if isinstance(qkv, torch.Tensor) else qkv.product.name
        return f"{str(self.network.dtype).removeprefix('torch.')}, {product}"


def random_subject(shape: Shape, placement: Placement) -> Subject:
    """An NF4 network of a shape. Packed bytes and scales are random, so that nothing has to be quantized."""
    return subject_over(shape.name, random_model(shape, placement), placement)


def subject_over(name: str, model: Any, placement: Placement) -> Subject:
    """Fuse transformers' model into our network and measure the cost of verifying drafts."""
    network = _finish(fuse_model("bench", model, placement))
    measure(network)
    steps = choose_steps(network)
    return Subject(name, model, network, steps, network.weights.norm.device, network.weights_bytes)


def random_model(shape: Shape, placement: Placement) -> Any:
    """transformers' LlamaForCausalLM with bitsandbytes' Linear4bit, as loading a folder makes it."""
    from accelerate import init_empty_weights
    from transformers import LlamaConfig, LlamaForCausalLM

    dtype, device = _DTYPES[placement.compute_dtype], torch.device(placement.device)
    config = LlamaConfig(
        vocab_size=shape.vocab_size,
        hidden_size=shape.hidden_size,
        intermediate_size=shape.intermediate_size,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        head_dim=shape.head_dim,
        max_position_embeddings=131072,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        dtype=dtype,
        attn_implementation="sdpa",
    )
    with init_empty_weights(include_buffers=False):
        model = LlamaForCausalLM(config)
    for layer in model.model.layers:
        for parent in (layer.self_attn, layer.mlp):
            for name, linear in list(parent.named_children()):
                if isinstance(linear, torch.nn.Linear):
                    setattr(parent, name, _random_linear(linear.out_features, linear.in_features, dtype, device))
    for module in model.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            if parameter.is_meta:
                value = torch.ones if parameter.ndim == 1 else torch.randn
                scaled = value(parameter.shape, dtype=dtype, device=device) * (1.0 if parameter.ndim == 1 else 0.02)
                setattr(module, name, torch.nn.Parameter(scaled, requires_grad=False))
    return model.to(device).eval()


def _random_linear(rows: int, columns: int, dtype: torch.dtype, device: torch.device) -> Any:
    from bitsandbytes.functional import QuantState, get_4bit_type
    from bitsandbytes.nn import Linear4bit, Params4bit

    with torch.device("meta"):
        linear = Linear4bit(columns, rows, bias=False, compute_dtype=dtype, quant_type="nf4")
    packed = torch.randint(256, (rows * columns // 2, 1), dtype=torch.uint8, device=device)
    absmax = torch.rand(rows * columns // BLOCK, device=device) * 0.04 + 0.02
    state = QuantState(absmax, torch.Size((rows, columns)), get_4bit_type("nf4", device=device), BLOCK, "nf4", dtype)
    linear.weight = Params4bit(
        packed, requires_grad=False, quant_state=state, blocksize=BLOCK, quant_type="nf4", bnb_quantized=True
    )
    linear.quant_state = state
    return linear


def _finish(generator: Generator[Any, None, LlamaNetwork]) -> LlamaNetwork:
    while True:
        try:
            next(generator)
        except StopIteration as end:
            network: LlamaNetwork = end.value
            return network


def folder_subject(folder: Path, placement: Placement) -> Subject:
    """A model folder, checked and loaded as the program does it."""
    from engine.models.inspection import inspect_folder
    from engine.models.reading import read_model

    found = inspect_folder(folder)
    model = read_model(found, placement, None, lambda progress: None)
    return subject_over(found.identity.name, model, placement)


def fewer_layers(shape: Shape, layers: int) -> Shape:
    """The same shapes with fewer layers, for machines on which a whole token takes seconds."""
    return replace(shape, name=f"{shape.name}, {layers} layers", layers=layers)

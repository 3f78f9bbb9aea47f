"""Networks for tests: transformers' own beside ours over the same weights, and loading to the end."""

from collections.abc import Generator
from pathlib import Path
from typing import Any, TypeVar

import torch

from engine.generate.build import build_network
from engine.generate.linear import Nf4Product
from engine.generate.llama import LlamaNetwork
from engine.generate.products import BitsandbytesProduct
from engine.generate.weights import take_weights
from engine.messages.machine import LoadModel
from engine.models.load import LoadedModel, load_model
from tests.conftest import STARTER

Result = TypeVar("Result")


def finish(generator: Generator[Any, None, Result]) -> tuple[list[Any], Result]:
    """Everything that a generator yields, and what it returns."""
    yielded = []
    try:
        while True:
            yielded.append(next(generator))
    except StopIteration as end:
        return yielded, end.value


def load(folder: Path, **settings: Any) -> LoadedModel:
    """A folder, loaded on the processor as the program does."""
    request = LoadModel("load", str(folder), device="cpu", is_starter=folder == STARTER)
    return finish(load_model(request, build_network, **settings))[1]


def plain_model(folder: Path) -> Any:
    """transformers' own network in float32, not quantized."""
    from transformers import LlamaForCausalLM

    return LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def nf4_model(folder: Path, dtype: torch.dtype = torch.float32) -> Any:
    """transformers' own network in NF4 with double quantization, as bitsandbytes computes it in its plain form."""
    from transformers import BitsAndBytesConfig, LlamaForCausalLM

    quantization = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype, bnb_4bit_use_double_quant=True
    )
    model = LlamaForCausalLM.from_pretrained(folder, dtype=dtype, quantization_config=quantization, device_map="cpu")
    compute_plainly(model)
    return model.eval()


def compute_plainly(model: Any) -> None:
    """Keep bitsandbytes from its packed kernel, which computes in bf16 whatever the model is in."""
    from bitsandbytes.nn import Linear4bit

    for module in model.modules():
        if isinstance(module, Linear4bit):
            module.support_avx512bf16_for_cpu = False


def over(model: Any, product: Nf4Product | None = None, dtype: torch.dtype = torch.float32) -> LlamaNetwork:
    """Our network over transformers' model, whose matrices it fuses."""
    _, weights = finish(take_weights(model, product or BitsandbytesProduct(), dtype))
    network = LlamaNetwork(weights, dtype, dtype, model.config.max_position_embeddings)
    network.prefill_rate = 2000.0  # chunks of 256 tokens, on whatever machine the test runs
    return network


def their_logits(model: Any, ids: list[int]) -> torch.Tensor:
    """[tokens, vocab_size] of transformers' forward, in one piece."""
    with torch.inference_mode():
        logits: torch.Tensor = model(torch.tensor([ids])).logits[0].float()
    return logits

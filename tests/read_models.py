"""Models as they are read, compared bit by bit with those that transformers and bitsandbytes make."""

from pathlib import Path
from typing import Any

import torch


def tensors_of(model: Any) -> dict[str, torch.Tensor]:
    """Everything a model holds: parameters, and the states of the 4-bit ones."""
    from bitsandbytes.nn import Linear4bit

    tensors = {name: parameter.data for name, parameter in model.named_parameters()}
    for name, module in model.named_modules():
        if isinstance(module, Linear4bit):
            state = module.weight.quant_state
            assert module.quant_state is state
            parts = (state.absmax, state.code, state.offset, state.state2.absmax, state.state2.code)
            tensors |= {f"{name}.{number}": part for number, part in enumerate(parts)}
    return tensors


def assert_same_weights(one: Any, other: Any) -> None:
    left, right = tensors_of(one), tensors_of(other)
    assert left.keys() == right.keys()
    for name, tensor in left.items():
        assert tensor.dtype == right[name].dtype, name
        assert torch.equal(tensor, right[name]), name


def read_by_transformers(folder: Path, dtype: torch.dtype, device: str = "cpu") -> Any:
    """A folder as transformers loads it in NF4 with double quantization."""
    from transformers import BitsAndBytesConfig, LlamaForCausalLM

    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=dtype,
        bnb_4bit_use_double_quant=True,
    )
    return LlamaForCausalLM.from_pretrained(
        folder, quantization_config=config, dtype=dtype, device_map={"": device}, attn_implementation="sdpa"
    ).eval()

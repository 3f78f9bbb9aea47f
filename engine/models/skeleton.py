"""transformers' Llama without weights: the checked shape as a network whose matrices are bitsandbytes' Linear4bit.

Importing this module imports torch; transformers and bitsandbytes follow when a skeleton is built.
"""

import logging
import os
from typing import Any

import torch

from engine.models.config_file import LlamaShape
from engine.models.device import Placement


def build_skeleton(shape: LlamaShape, placement: Placement, dtype: torch.dtype) -> Any:
    """A LlamaForCausalLM on the meta device, as transformers builds one before it loads 4-bit weights.

    Only the rotary embedding is real: its angles are computed and not stored.
    """
    stay_offline()
    from transformers import AutoModelForCausalLM, GenerationConfig, LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
    from transformers.quantizers.auto import AutoHfQuantizer

    quantization = _quantization(dtype)
    with torch.device("meta"):
        config = LlamaConfig(**config_fields(shape))
        model = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa", dtype=dtype)
        _replace_linears(model, dtype)
    model.model.rotary_emb = LlamaRotaryEmbedding(config=model.config).to(placement.device_of("model.rotary_emb"))
    model.generation_config = GenerationConfig()  # defaults, nothing from the folder
    # As transformers marks a model that it quantized itself; its generate() asks for them.
    model.hf_quantizer = AutoHfQuantizer.from_config(quantization)
    model.config.quantization_config = quantization
    model.is_quantized = model.is_loaded_in_4bit = True
    model.quantization_method = quantization.quant_method
    model.hf_device_map = dict(placement.device_map) or {"": placement.device}
    return model


def _replace_linears(model: Any, dtype: torch.dtype) -> None:
    from bitsandbytes.nn import Linear4bit

    for name, linear in list(model.model.layers.named_modules()):
        if isinstance(linear, torch.nn.Linear):
            has_bias = linear.bias is not None
            quantized = Linear4bit(
                linear.in_features, linear.out_features, has_bias, dtype, quant_type="nf4", device="meta"
            )
            model.model.layers.set_submodule(name, quantized.requires_grad_(False))


def config_fields(shape: LlamaShape) -> dict[str, object]:
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


def copy_config(shape: LlamaShape) -> dict[str, object]:
    """The config.json of a quantized copy, so that transformers can read the copy by itself."""
    quantization = _quantization(torch.bfloat16).to_dict()
    return {**config_fields(shape), "model_type": "llama", "dtype": "bfloat16", "quantization_config": quantization}


def _quantization(dtype: torch.dtype) -> Any:
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=dtype,
        bnb_4bit_use_double_quant=True,
    )


def stay_offline() -> None:
    """Offline in every way, also for what bitsandbytes would ask for if `kernels` were installed.

    To be called before bitsandbytes is imported: it complains of the missing package at once.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    logging.getLogger("bitsandbytes.backends.cpu.ops").addFilter(_is_not_about_kernels)


def _is_not_about_kernels(record: logging.LogRecord) -> bool:
    """False for the warning that the package `kernels` is missing; with it, bitsandbytes would use the network."""
    return "kernels" not in record.getMessage()

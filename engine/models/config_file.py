"""Reads config.json by an allow-list; no other field reaches a library.

A configuration can name code to run, adapters to fetch and attention kernels to download. So transformers never sees
the file, only a configuration that is built from the fields below.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import ErrorCode, LacunaError
from engine.kernels.nf4_format import BLOCK
from engine.models.config_values import ConfigValues, invalid, short
from engine.models.model_files import no_config, refuse_pointer, unreadable
from engine.regular_files import read_regular

_MAX_BYTES = 1 << 20
_DEFAULT_THETA = 10_000.0  # transformers' default
_ARCHITECTURES = ("LlamaForCausalLM", "LLaMAForCausalLM")  # the second is the first conversions' spelling
_SILU = (None, "silu", "swish")  # two names of x * sigmoid(x), which transformers takes if none is given
# Kinds whose angles don't depend on the text's length, so that a KV cache stays valid as the text grows.
_ROPE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "default": (),
    "linear": ("factor",),
    "llama3": ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
}


@dataclass(frozen=True, slots=True)
class Rope:
    """Rotary position embedding. `is_stated` is False if the file names no base and 10 000 was assumed."""

    theta: float
    kind: str = "default"
    scaling: tuple[tuple[str, float], ...] = ()
    is_stated: bool = True


@dataclass(frozen=True, slots=True)
class LlamaShape:
    """The sizes of a Llama network from its config.json, checked for plausibility."""

    hidden_size: int
    intermediate_size: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab_size: int
    max_positions: int
    rope: Rope
    rms_norm_eps: float
    tied_embeddings: bool
    attention_bias: bool
    mlp_bias: bool
    eos_ids: tuple[int, ...]
    source_name: str  # the model's name in the file, "" if it has none
    is_nf4: bool = False  # stored in bitsandbytes' NF4 with nested absmax, the format of our own copies

    @property
    def linear_sizes(self) -> tuple[tuple[str, int, int], ...]:
        """The quantized matrices of one layer: name below the layer, rows out, columns in."""
        query, pair = self.heads * self.head_dim, self.kv_heads * self.head_dim
        return (
            ("self_attn.q_proj", query, self.hidden_size),
            ("self_attn.k_proj", pair, self.hidden_size),
            ("self_attn.v_proj", pair, self.hidden_size),
            ("self_attn.o_proj", self.hidden_size, query),
            ("mlp.gate_proj", self.intermediate_size, self.hidden_size),
            ("mlp.up_proj", self.intermediate_size, self.hidden_size),
            ("mlp.down_proj", self.hidden_size, self.intermediate_size),
        )

    @property
    def linear_parameters(self) -> int:
        """Weights that are kept in four bits."""
        return self.layers * sum(rows * columns for _, rows, columns in self.linear_sizes)

    @property
    def parameters(self) -> int:
        """All weights: quantized matrices, embedding, head and norms (biases, a rarity, are left out)."""
        tables = self.vocab_size * self.hidden_size * (1 if self.tied_embeddings else 2)
        return self.linear_parameters + tables + (2 * self.layers + 1) * self.hidden_size

    def kv_bytes_per_token(self, element_bytes: int) -> int:
        """The bytes of keys and values of one token of context."""
        return self.layers * 2 * self.kv_heads * self.head_dim * element_bytes


def read_config(folder: Path) -> LlamaShape:
    """The shape in `folder`/config.json.

    Raises LacunaError: MODEL_INVALID where the file is missing, broken or senseless, UNSUPPORTED where it describes
    something that is not a plain Llama network.
    """
    fields = _parse(folder / "config.json")
    _refuse_foreign(fields)
    shape = shape_of(ConfigValues(fields, "config.json"))
    return replace(shape, is_nf4=bool(fields.get("quantization_config")))


def shape_of(values: ConfigValues) -> LlamaShape:
    """The shape that a configuration in the names of config.json describes. Raises what `read_config` raises."""
    heads = values.size("num_attention_heads", 1024)
    hidden_size = values.size("hidden_size", 1 << 17)
    kv_heads = values.size("num_key_value_heads", heads, default=heads)
    head_dim = values.size("head_dim", 1024, default=hidden_size // heads)
    shape = LlamaShape(
        hidden_size=hidden_size,
        intermediate_size=values.size("intermediate_size", 1 << 19),
        layers=values.size("num_hidden_layers", 512),
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        vocab_size=values.size("vocab_size", 1 << 21),
        max_positions=values.size("max_position_embeddings", 1 << 24, default=2048),
        rope=_rope(values),
        rms_norm_eps=values.number("rms_norm_eps", 0.0, 0.1, default=1e-6),
        tied_embeddings=values.flag("tie_word_embeddings"),
        attention_bias=values.flag("attention_bias"),
        mlp_bias=values.flag("mlp_bias"),
        eos_ids=values.ids("eos_token_id"),
        source_name=values.text("_name_or_path"),
    )
    _check_fit(shape, values.source)
    return shape


def _parse(path: Path) -> dict[str, object]:
    try:
        raw = read_regular(path, _MAX_BYTES)
    except FileNotFoundError:
        raise no_config(path.parent) from None
    except OSError as error:
        raise unreadable(path, error) from None
    refuse_pointer(path.name, raw)
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise invalid("config.json is not valid JSON; the file is damaged.", detail=str(error)) from None
    if not isinstance(fields, dict):
        raise invalid("config.json does not hold a configuration.")
    return fields


def _refuse_foreign(fields: Mapping[str, object]) -> None:
    """Refuse what is not a plain Llama network in 16 or 32 bits."""
    if not _is_llama(fields):
        raise LacunaError(
            ErrorCode.UNSUPPORTED,
            f"This model is of another architecture ({short(_architecture(fields))}); only Llama's can be loaded.",
            "Choose a Code Llama model, or another one of the Llama architecture.",
        )
    if fields.get("auto_map"):
        raise LacunaError(
            ErrorCode.UNSUPPORTED,
            "This model asks to run program code of its own (auto_map in config.json), which is never done here.",
            "Choose a model that needs no code of its own.",
        )
    if (quantization := fields.get("quantization_config")) and not _is_nf4(quantization):
        raise LacunaError(
            ErrorCode.UNSUPPORTED,
            "The weights in this folder are quantized already, and not to bitsandbytes' NF4 with nested scales.",
            "Choose the original 16-bit folder; it is quantized to 4 bits while it loads.",
        )
    if (activation := fields.get("hidden_act")) not in _SILU:
        raise LacunaError(
            ErrorCode.UNSUPPORTED,
            f"This model uses the activation {short(activation)}; Llama models use silu.",
            "Choose a Code Llama model, or another one of the Llama architecture.",
        )


def _is_nf4(quantization: object) -> bool:
    """Whether weights are stored in our copies' format; each weight states its own block size."""
    wanted = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}
    return isinstance(quantization, dict) and wanted.items() <= quantization.items()


def _is_llama(fields: Mapping[str, object]) -> bool:
    """Refuse other architectures. `architectures` is optional in the format; without it `model_type` decides."""
    stated = fields.get("architectures")
    if stated in (None, [], ""):
        return fields.get("model_type") == "llama"
    return isinstance(stated, list) and len(stated) == 1 and stated[0] in _ARCHITECTURES


def _architecture(fields: Mapping[str, object]) -> str:
    """The network's name in the file."""
    stated = fields.get("architectures") or fields.get("model_type") or "none is named"
    return ", ".join(short(name) for name in stated) if isinstance(stated, list) else short(stated)


def _rope(values: ConfigValues) -> Rope:
    """The rope in either spelling: `rope_parameters` since transformers 5, `rope_theta` with `rope_scaling` before."""
    stated = values.fields.get("rope_parameters")
    scaling = stated if stated is not None else values.fields.get("rope_scaling")
    if scaling is None:
        scaling = {}
    if not isinstance(scaling, dict):
        raise invalid(f"The rope settings in {values.source} make no sense.")
    inner = ConfigValues(scaling, values.source)
    source = inner if "rope_theta" in scaling else values
    theta = source.number("rope_theta", 0.0, 1e12, default=_DEFAULT_THETA)
    kind = scaling.get("rope_type", scaling.get("type", "default"))
    if not isinstance(kind, str) or kind not in _ROPE_FIELDS:
        raise LacunaError(
            ErrorCode.UNSUPPORTED,
            f"This model stretches its positions in a way that is not supported ({short(kind)}).",
            "Choose a model whose rope type is default, linear or llama3.",
        )
    stretch = tuple((name, inner.number(name, 0.0, 1e9)) for name in _ROPE_FIELDS[kind])
    return Rope(theta, kind, stretch, is_stated="rope_theta" in source.fields)


def _check_fit(shape: LlamaShape, source: str) -> None:
    """Check that the sizes fit each other and the 4-bit kernels."""
    if shape.heads % shape.kv_heads or shape.head_dim % 2 or shape.hidden_size % shape.heads:
        raise invalid(f"The numbers of heads and sizes in {source} do not fit each other.")
    # NF4 blocks of 64 run along a row, and bitsandbytes packs 32 rows at a time for a processor.
    if any(rows % 32 or columns % BLOCK for _, rows, columns in shape.linear_sizes):
        raise LacunaError(
            ErrorCode.UNSUPPORTED,
            "The layers of this model have sizes that the 4-bit kernels cannot handle.",
            "Choose a model whose layer sizes are multiples of 64.",
        )

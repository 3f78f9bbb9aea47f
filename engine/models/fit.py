"""Whether a model fits, and with how much context: a memory plan of weights, KV cache and workspace per device.

The loader follows the same plan. No torch: the window and the terminal plan for models that are not downloaded yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.kernels.nf4_format import BLOCK
from engine.model_plans import Fit, FitState
from engine.models.config_file import LlamaShape
from engine.models.limits import most_chunk_tokens
from engine.shown import gigabytes

# NF4 as it is kept at run time: 4 bits and a float32 absmax for each block, un-nested because the fused products of
# several matrices cannot share one nested scale.
_NF4_BITS = 4 + 32 / BLOCK
_FEWEST_TOKENS = 1024  # a model with less context is of no use; less only if the model itself has less
_CALM_TOKENS = 256  # a shortened context is a multiple of this
_MOST_WORKSPACE_BYTES = 1_500_000_000  # prefill's bound at any context
# Beside what is counted: on a GPU cuBLAS' workspaces, kernels loaded late, captured graphs and the allocator's holes;
# on a processor the libraries themselves and room for other programs.
_GPU_RESERVE_BYTES, _PROCESSOR_RESERVE_BYTES = 512 << 20, 512 << 20


@dataclass(frozen=True, slots=True)
class Device:
    """A device with its memory. `free_bytes` 0 for a processor means unknown."""

    id: str  # "cpu", "cuda:0"
    name: str
    free_bytes: int
    total_bytes: int

    @property
    def is_gpu(self) -> bool:
        return self.id != "cpu"


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """One device's share: the layers `first_layer` to `stop_layer` - 1, and the memory of their weights and work."""

    device: Device
    first_layer: int
    stop_layer: int
    weights_bytes: int
    kv_bytes: int
    workspace_bytes: int

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.kv_bytes + self.workspace_bytes


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """A model with room for `context_tokens`, spread over devices by whole layers, in order."""

    context_tokens: int
    parts: tuple[DevicePlan, ...]

    @property
    def weights_bytes(self) -> int:
        return sum(part.weights_bytes for part in self.parts)

    @property
    def kv_bytes(self) -> int:
        return sum(part.kv_bytes for part in self.parts)

    @property
    def workspace_bytes(self) -> int:
        return sum(part.workspace_bytes for part in self.parts)

    @property
    def device_map(self) -> dict[str, str]:
        """Module name to device, as accelerate and transformers understand it: embedding first, norm and head last."""
        first, last = self.parts[0].device.id, self.parts[-1].device.id
        layers = {
            f"model.layers.{layer}": part.device.id
            for part in self.parts
            for layer in range(part.first_layer, part.stop_layer)
        }
        return {
            "model.embed_tokens": first,
            "model.rotary_emb": first,
            **layers,
            "model.norm": last,
            "lm_head": last,
        }


def plan_memory(
    shape: LlamaShape, devices: Sequence[Device], context_tokens: int, element_bytes: int
) -> MemoryPlan | None:
    """The plan for exactly that context over the fewest of the devices, which are taken in their order; None if it
    doesn't fit.

    `element_bytes` is the size of what is computed in: activations, KV, embedding, head and norms are kept in it.
    """
    for count in range(1, len(devices) + 1):
        if (parts := _pack(shape, devices[:count], context_tokens, element_bytes)) is not None:
            return MemoryPlan(context_tokens, parts)
    return None


def plan_largest(
    shape: LlamaShape, devices: Sequence[Device], wanted_tokens: int, element_bytes: int
) -> MemoryPlan | None:
    """The plan for the wanted context, or for the longest that fits; None if not even a short one does."""
    if (plan := plan_memory(shape, devices, wanted_tokens, element_bytes)) is not None:
        return plan
    fits, too_long = min(_FEWEST_TOKENS, shape.max_positions, wanted_tokens), wanted_tokens
    best = plan_memory(shape, devices, fits, element_bytes)
    while best is not None and too_long - fits > 1:
        middle = (fits + too_long) // 2
        plan = plan_memory(shape, devices, middle, element_bytes)
        if plan is None:
            too_long = middle
        else:
            best, fits = plan, middle
    if best is None or fits < _CALM_TOKENS:
        return best
    return plan_memory(shape, devices, fits - fits % _CALM_TOKENS, element_bytes)


def fit(
    shape: LlamaShape, devices: Sequence[Device], element_bytes: int, context_tokens: int = 0
) -> tuple[Fit, MemoryPlan | None]:
    """The verdict for a person and the plan behind it. `context_tokens` 0 asks for the model's own context."""
    wanted_tokens = context_tokens or shape.max_positions
    plan = plan_largest(shape, devices, wanted_tokens, element_bytes)
    if plan is None:
        return _misfit(shape, devices, element_bytes), None
    used = tuple(part.device for part in plan.parts)
    where = f"{gigabytes(sum(device.free_bytes for device in used))} free {_on(used)}"
    if plan.context_tokens == wanted_tokens:
        state = FitState.FITS
        taken_bytes = plan.weights_bytes + plan.kv_bytes + plan.workspace_bytes
        sentence = f"Fits: about {gigabytes(taken_bytes)} of {where}, with {wanted_tokens:,} tokens of context."
    else:
        state = FitState.FITS_UP_TO
        sentence = f"Fits up to {plan.context_tokens:,} tokens of context, with {where}."
    return (
        Fit(state, sentence, plan.context_tokens, plan.weights_bytes, plan.kv_bytes, plan.workspace_bytes),
        plan,
    )


def weights_bytes(shape: LlamaShape, element_bytes: int) -> int:
    """The bytes of all weights at run time on one device."""
    return shape.layers * _layer_bytes(shape, element_bytes) + _ends_bytes(shape, element_bytes)


def _pack(
    shape: LlamaShape, devices: Sequence[Device], context_tokens: int, element_bytes: int
) -> tuple[DevicePlan, ...] | None:
    """Fill one device after the other with whole layers; the embedding goes to the first, norm and head to the last.

    The last device's share of the head is set aside before its layers, so that it is never the head that has no room.
    """
    table_bytes, head_bytes = _table_bytes(shape, element_bytes), _head_bytes(shape, element_bytes)
    if len(devices) == 1 and shape.tied_embeddings:
        head_bytes -= table_bytes
    layer_bytes = _layer_bytes(shape, element_bytes)
    layer_kv_bytes = shape.kv_bytes_per_token(element_bytes) // shape.layers * context_tokens
    parts: list[DevicePlan] = []
    first = 0
    for number, device in enumerate(devices):
        workspace = workspace_bytes(shape, device, context_tokens, element_bytes)
        fixed = (table_bytes if number == 0 else 0) + (head_bytes if number == len(devices) - 1 else 0)
        room = _room_bytes(device) - workspace - fixed
        if room < 0:
            return None
        layers = min(shape.layers - first, room // (layer_bytes + layer_kv_bytes))
        parts.append(
            DevicePlan(device, first, first + layers, fixed + layers * layer_bytes, layers * layer_kv_bytes, workspace)
        )
        first += layers
    return tuple(parts) if first == shape.layers else None


def _room_bytes(device: Device) -> int:
    if not device.is_gpu and not device.free_bytes:
        return 1 << 62  # unknown, so left to the operating system
    return device.free_bytes - (_GPU_RESERVE_BYTES if device.is_gpu else _PROCESSOR_RESERVE_BYTES)


def _layer_bytes(shape: LlamaShape, element_bytes: int) -> int:
    matrices = shape.linear_parameters // shape.layers
    biases = sum(
        rows
        for name, rows, _ in shape.linear_sizes
        if (shape.attention_bias if name.startswith("self_attn") else shape.mlp_bias)
    )
    return int(matrices * _NF4_BITS / 8) + (2 * shape.hidden_size + biases) * element_bytes


def _table_bytes(shape: LlamaShape, element_bytes: int) -> int:
    return shape.vocab_size * shape.hidden_size * element_bytes


def _head_bytes(shape: LlamaShape, element_bytes: int) -> int:
    """Head and last norm; tied to the embedding, the head is a second copy only where it is on another device."""
    return _table_bytes(shape, element_bytes) + shape.hidden_size * element_bytes


def _ends_bytes(shape: LlamaShape, element_bytes: int) -> int:
    tied_bytes = _table_bytes(shape, element_bytes) if shape.tied_embeddings else 0
    return _table_bytes(shape, element_bytes) + _head_bytes(shape, element_bytes) - tied_bytes


def workspace_bytes(
    shape: LlamaShape, device: Device, context_tokens: int, element_bytes: int, chunk_tokens: int = 0
) -> int:
    """The most that a chunk of a prompt (0: the longest that is read at once) needs beside weights and KV: activations,
    the attention's mask of a byte for each pair, and on a GPU the largest fused matrix in 16 bits, which bitsandbytes
    unpacks for many rows. Logits are those of the last position only.
    """
    chunk_tokens = min(chunk_tokens or most_chunk_tokens(is_gpu=device.is_gpu), context_tokens)
    query, pair = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    attention = 2 * shape.hidden_size + 2 * query + 2 * pair
    feed_forward = 2 * shape.hidden_size + 3 * shape.intermediate_size
    active_bytes = element_bytes if device.is_gpu else 4  # our kernels for processors take float32
    activations = chunk_tokens * max(attention, feed_forward) * active_bytes
    mask = chunk_tokens * context_tokens
    unpacked = 2 * shape.intermediate_size * shape.hidden_size * element_bytes if device.is_gpu else 0
    return min(activations + mask + unpacked + shape.vocab_size * 4, _MOST_WORKSPACE_BYTES)


def _misfit(shape: LlamaShape, devices: Sequence[Device], element_bytes: int) -> Fit:
    """Why a model does not fit: it exceeds the memory, or only the part that other programs leave free."""
    needed_bytes = weights_bytes(shape, element_bytes)
    free_bytes = sum(device.free_bytes for device in devices)
    emptied = [Device(device.id, device.name, device.total_bytes, device.total_bytes) for device in devices]
    fewest_tokens = min(_FEWEST_TOKENS, shape.max_positions)
    would_fit = plan_memory(shape, emptied, fewest_tokens, element_bytes) is not None
    what = (
        f"its weights alone take {gigabytes(needed_bytes)}"
        if needed_bytes > free_bytes
        else f"its weights take {gigabytes(needed_bytes)} and leave too little for context and work"
    )
    sentence = f"Does not fit, because {what}; {gigabytes(free_bytes)} are free {_on(devices)}."
    if would_fit:
        total_bytes = sum(device.total_bytes for device in devices)
        sentence += f" It would fit into all of the {gigabytes(total_bytes)}: other programs use the rest."
    return Fit(FitState.DOES_NOT_FIT, sentence, 0, needed_bytes, 0, 0)


def _on(devices: Sequence[Device]) -> str:
    if not devices[0].is_gpu:
        return "in this computer"
    if len(devices) > 1:
        return f"on {len(devices)} GPUs ({', '.join(device.name for device in devices)})"
    return f"on the GPU ({devices[0].name})"

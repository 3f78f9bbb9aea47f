"""A loaded model as the window sees it, for tests that need one and none of its weights."""

from dataclasses import replace
from typing import Any

from engine.messages.machine import ModelInfo
from engine.messages.prompts import Order, PromptFormat

_STARTER = ModelInfo(
    folder="/models/starter",
    name="Lacuna starter",
    is_starter=True,
    parameters=4_200_000,
    context_tokens=4096,
    prompt_format=PromptFormat.INST,
    can_infill=True,
    infill_order=Order.PSM,
    infill_note="",
    device="cpu",
    device_name="Some processor",
    device_reason="There is no GPU.",
    compute_dtype="float32",
    weights_bytes=7_800_000,
    tokenizer_path="/models/starter/tokenizer.model",
    tokenizer_hash="hash-1",
)


def model_info(**changes: Any) -> ModelInfo:
    """The starter, with these fields changed."""
    return replace(_STARTER, **changes)

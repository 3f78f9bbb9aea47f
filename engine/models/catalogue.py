"""The twelve Code Llama checkpoints and the starter: how each is recognised, talked to and used.

Facts: code-llama.md, sections 2 (sizes, infilling, prompt formats), 5 (orders) and 10 (context). A folder's own
config.json is believed before this table; where the two differ, `differences` says so.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from engine.messages import Order, PromptFormat
from engine.models.config_file import LlamaShape


class Infilling(StrEnum):
    """What is known of a checkpoint's gift for filling gaps. DISPUTED: the authors' own sources disagree."""

    YES = "yes"
    NO = "no"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One published checkpoint, with what to recognise its network by."""

    id: str  # as the repository is called, without its owner
    size: str
    hidden_size: int
    layers: int
    kv_heads: int
    rope_theta: float
    trained_context_tokens: int
    infilling: Infilling
    infill_note: str
    prompt_format: PromptFormat
    infill_order: Order
    licence: str
    good_for: str


@dataclass(frozen=True, slots=True)
class Identity:
    """How to treat a model folder. `infill_note` is empty, or why infilling is in doubt or not offered."""

    name: str
    checkpoint: Checkpoint | None
    prompt_format: PromptFormat
    can_infill: bool
    infill_order: Order
    infill_note: str


_LICENCE = "Llama 2 Community License"
_NO_PIECES = "This model's vocabulary has no infilling marks, so it cannot fill gaps."
_NOT_TRAINED = "This model was not trained to fill gaps."
_DISPUTED = (
    "Sources disagree on whether Code Llama 70B Instruct was trained to fill gaps: "
    "the paper's abstract and the model card say yes, the authors' README says no."
)
_SIZES = {  # hidden size, layers, key/value heads
    "7b": (4096, 32, 32),
    "13b": (5120, 40, 40),
    "34b": (8192, 48, 8),
    "70b": (8192, 80, 8),
}
_GOOD_FOR = {
    "7b": "quick answers and fills; fits an 8 GB card with a short context",
    "13b": "better fills and answers; fits a 12 GB card with a short context",
    "34b": "good answers and long contexts at little memory; fits a 24 GB card",
    "70b": "the best answers, at 4k tokens of context unless it is the base model; needs 48 GB",
}
# The starter's fills end by themselves far more often in PSM (resources/starter/README.md has the figures).
STARTER_ORDER = Order.PSM
STARTER_NAME = "Lacuna starter"


def _checkpoint(size: str, variant: str) -> Checkpoint:
    hidden_size, layers, kv_heads = _SIZES[size]
    short = size == "70b" and variant != ""  # 70B Instruct and Python: no long-context tuning
    match size, variant:
        case ("70b", "Instruct"):
            infilling, note = Infilling.DISPUTED, _DISPUTED
        case (_, "Python") | ("34b", _):
            infilling, note = Infilling.NO, _NOT_TRAINED
        case _:
            infilling, note = Infilling.YES, ""
    match size, variant:
        case ("70b", "Instruct"):
            prompt_format = PromptFormat.TURNS
        case (_, "Instruct"):
            prompt_format = PromptFormat.INST
        case _:
            prompt_format = PromptFormat.COMPLETION
    return Checkpoint(
        id="-".join(("CodeLlama", size, *filter(None, [variant]), "hf")),
        size=size.upper(),
        hidden_size=hidden_size,
        layers=layers,
        kv_heads=kv_heads,
        rope_theta=1e4 if short else 1e6,
        trained_context_tokens=4096 if short else 16384,
        infilling=infilling,
        infill_note=note,
        prompt_format=prompt_format,
        infill_order=Order.SPM,
        licence=_LICENCE,
        good_for=_GOOD_FOR[size],
    )


CHECKPOINTS: tuple[Checkpoint, ...] = tuple(
    _checkpoint(size, variant) for size in _SIZES for variant in ("", "Python", "Instruct")
)


def identify(name: str, shape: LlamaShape, *, has_marks: bool, is_starter: bool = False) -> Identity:
    """How to treat a folder called `name`. `has_marks` says whether its vocabulary has the four infilling pieces.

    A model that is no Code Llama completes, unless its name says that it follows instructions: the format of a chat
    cannot be seen in the weights.
    """
    if is_starter:
        note = "" if has_marks else _NO_PIECES
        return Identity(STARTER_NAME, None, PromptFormat.INST, has_marks, STARTER_ORDER, note)
    checkpoint = _recognise(" ".join((name, shape.source_name)), shape)
    if checkpoint is None:
        chats = re.search(r"instruct|llama-?2.*chat", f"{name} {shape.source_name}".lower())
        prompt_format = PromptFormat.INST if chats else PromptFormat.COMPLETION
        return Identity(name, None, prompt_format, has_marks, Order.SPM, "" if has_marks else _NO_PIECES)
    can_infill = has_marks and checkpoint.infilling is not Infilling.NO
    note = checkpoint.infill_note or ("" if has_marks else _NO_PIECES)
    return Identity(name, checkpoint, checkpoint.prompt_format, can_infill, checkpoint.infill_order, note)


def differences(checkpoint: Checkpoint, shape: LlamaShape) -> tuple[str, ...]:
    """Sentences on where a folder's config.json departs from what is known of its checkpoint."""
    found = []
    if not shape.rope.is_stated and checkpoint.rope_theta != shape.rope.theta:
        found.append(
            f"This folder's config.json names no rope base; {checkpoint.id} was trained with "
            f"{checkpoint.rope_theta:,.0f} and is run with {shape.rope.theta:,.0f}, so its answers may be poor."
        )
    elif shape.rope.theta != checkpoint.rope_theta:
        found.append(
            f"This folder's config.json gives the rope base {shape.rope.theta:,.0f}; {checkpoint.id} is known to use "
            f"{checkpoint.rope_theta:,.0f}. The folder is believed."
        )
    if shape.max_positions != checkpoint.trained_context_tokens:
        found.append(
            f"This folder's config.json allows {shape.max_positions:,} tokens of context; {checkpoint.id} is known to "
            f"be trained on {checkpoint.trained_context_tokens:,}. The folder is believed."
        )
    return tuple(found)


def _recognise(names: str, shape: LlamaShape) -> Checkpoint | None:
    """The checkpoint that the names and the sizes both point to."""
    lowered = names.lower()
    if not re.search(r"code-?_?llama", lowered):
        return None
    variant = "Instruct" if "instruct" in lowered else "Python" if "python" in lowered else ""
    sizes = (shape.hidden_size, shape.layers, shape.kv_heads)
    size = next((size for size, known in _SIZES.items() if known == sizes), None)
    if size is None:
        return None
    return next(item for item in CHECKPOINTS if item == _checkpoint(size, variant))

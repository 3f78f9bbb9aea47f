"""Identifies a folder's checkpoint by name and sizes, and its chat format by its own chat template.

The name decides the chat format only if the folder has no template, since folders get renamed.
"""

import re
from dataclasses import dataclass, replace

from engine.messages.prompts import ChatWording, Order, PromptFormat
from engine.models.catalogue import (
    CHECKPOINTS,
    NO_PIECES,
    STAND_IN_ORDER,
    STARTER_NAME,
    STARTER_ORDER,
    Checkpoint,
    Infilling,
)
from engine.models.chat_template import recognise
from engine.models.config_file import LlamaShape
from engine.starter_words import is_stand_in

# Other models whose names contain a checkpoint's; they have their own chat formats.
_OTHERS = re.compile(r"phind|wizard|vicuna|alpaca|zephyr")
_NAMES: tuple[tuple[str, PromptFormat], ...] = (
    (r"phind", PromptFormat.PHIND),
    (r"wizardcoder|alpaca", PromptFormat.ALPACA),
    (r"vicuna", PromptFormat.VICUNA),
    (r"zephyr|tinyllama.*chat", PromptFormat.ZEPHYR),
    (r"instruct|llama-?2.*chat", PromptFormat.INST),
)
_TITLES = {
    PromptFormat.INST: "Llama 2, with [INST]",
    PromptFormat.TURNS: "Code Llama 70B Instruct, in turns",
    PromptFormat.CHATML: "ChatML",
    PromptFormat.ZEPHYR: "Zephyr",
    PromptFormat.ALPACA: "Alpaca",
    PromptFormat.VICUNA: "Vicuna",
    PromptFormat.LLAMA3: "Llama 3",
    PromptFormat.PHIND: "Phind",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """How to treat a model folder. `infill_note` is empty, or why infilling is in doubt or not offered; `wording` is as
    in ModelInfo; `format_note` is a sentence where the chat format is a guess or none that is known.
    """

    name: str
    checkpoint: Checkpoint | None
    prompt_format: PromptFormat
    can_infill: bool
    infill_order: Order
    infill_note: str
    wording: ChatWording | None = None
    format_note: str = ""

    @property
    def talk(self) -> str:
        """The chat format in a sentence."""
        if self.prompt_format is PromptFormat.COMPLETION:
            return "It has no chat and continues text."
        return f"It is talked to in the format of {_TITLES[self.prompt_format]}."


def identify(
    name: str,
    shape: LlamaShape,
    *,
    has_marks: bool,
    is_starter: bool = False,
    template: str = "",
    space_once: bool = False,
) -> Identity:
    """How to treat a folder called `name`. `has_marks` says whether its vocabulary has the four infilling pieces,
    `template` is its chat template, "" where it has none, and `space_once` as in ChatWording.

    A model that is no Code Llama and has no template completes, unless its name says that it follows instructions: the
    format of a chat cannot be seen in the weights.
    """
    if is_starter:
        note = "" if has_marks else NO_PIECES
        order = STAND_IN_ORDER if is_stand_in(shape.parameters) else STARTER_ORDER
        return Identity(STARTER_NAME, None, PromptFormat.INST, has_marks, order, note)
    known = _known(name, shape, has_marks)
    if not template.strip():
        return known
    said = recognise(template)
    wording = None if said.wording is None else replace(said.wording, space_once=space_once)
    return replace(known, prompt_format=said.prompt_format, wording=wording, format_note=said.doubt)


def _known(name: str, shape: LlamaShape, has_marks: bool) -> Identity:
    """The identity by name and sizes."""
    names = f"{name} {shape.source_name}".lower()
    checkpoint = _recognise(names, shape)
    if checkpoint is None:
        prompt_format = next((kind for pattern, kind in _NAMES if re.search(pattern, names)), PromptFormat.COMPLETION)
        note = "" if prompt_format is PromptFormat.COMPLETION else _guess(prompt_format)
        return Identity(
            name, None, prompt_format, has_marks, Order.SPM, "" if has_marks else NO_PIECES, format_note=note
        )
    can_infill = has_marks and checkpoint.infilling is not Infilling.NO
    note = checkpoint.infill_note or ("" if has_marks else NO_PIECES)
    return Identity(name, checkpoint, checkpoint.prompt_format, can_infill, checkpoint.infill_order, note)


def _guess(prompt_format: PromptFormat) -> str:
    title = _TITLES[prompt_format]
    return f"This model has no chat template; by its name it is talked to in the format of {title}."


def _recognise(names: str, shape: LlamaShape) -> Checkpoint | None:
    """The checkpoint that both names and sizes match."""
    if not re.search(r"code-?_?llama", names) or _OTHERS.search(names):
        return None
    variant = "Instruct" if "instruct" in names else "Python" if "python" in names else ""
    return next(
        (item for item in CHECKPOINTS if _sizes(item.shape) == _sizes(shape) and _variant(item) == variant), None
    )


def _sizes(shape: LlamaShape) -> tuple[int, ...]:
    return shape.hidden_size, shape.intermediate_size, shape.layers, shape.heads, shape.kv_heads


def _variant(checkpoint: Checkpoint) -> str:
    return next((variant for variant in ("Instruct", "Python") if variant in checkpoint.id), "")

"""Recognises the chat format of a model's own chat template by its text; the template is never run.

A format is recognised by its marks. Details in which templates of one format differ (how a message ends, whether the
begin mark comes first, a default system text) are read from the words around messages.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.messages.chat_wordings import WORDINGS
from engine.messages.prompts import BEGIN, Around, ChatWording, PromptFormat
from engine.models.template_phrases import ROLES, Part, Phrase, Slot, phrases_of
from engine.regular_files import read_regular

_MAX_TEMPLATE_BYTES, _MAX_CONFIG_BYTES = 1 << 20, 8 << 20
_MARKS: tuple[tuple[PromptFormat, tuple[str, ...]], ...] = (
    (PromptFormat.TURNS, ("Source: ", "Destination: ", "<step>")),
    (PromptFormat.LLAMA3, ("<|start_header_id|>", "<|eot_id|>")),
    (PromptFormat.CHATML, ("<|im_start|>", "<|im_end|>")),
    (PromptFormat.INST, ("[INST]", "[/INST]")),
    (PromptFormat.ZEPHYR, ("<|user|>", "<|assistant|>")),
    (PromptFormat.PHIND, ("### User Message", "### Assistant")),
    (PromptFormat.ALPACA, ("### Instruction:", "### Response:")),
    (PromptFormat.VICUNA, ("USER:", "ASSISTANT:")),
)
_SYSTEMS = (Slot.SYSTEM, Slot.STRIPPED_SYSTEM)
_CONTENTS = (Slot.CONTENT, Slot.STRIPPED, *_SYSTEMS)
_LEAST_SYSTEM = 12  # the least length of a default system text
_OTHER = "This model's chat template is none that is known here, so the model only continues text."
_VARIANT = "This model's chat template is a variant that is not known here; it is talked to as the usual one asks."


@dataclass(frozen=True, slots=True)
class TemplateFormat:
    """The format of a template. `wording` None: the format's published words. `doubt` is a sentence for the person."""

    prompt_format: PromptFormat
    wording: ChatWording | None = None
    doubt: str = ""


def read_template(folder: Path) -> str:
    """The text of a folder's chat template, "" if there is none. Of several it is the one called default."""
    try:
        return read_regular(folder / "chat_template.jinja", _MAX_TEMPLATE_BYTES).decode("utf-8", "replace")
    except OSError:
        pass  # then look in tokenizer_config.json, where older folders have it
    try:
        fields = json.loads(read_regular(folder / "tokenizer_config.json", _MAX_CONFIG_BYTES))
        template = fields.get("chat_template")
        if isinstance(template, list):
            template = next(entry["template"] for entry in template if entry["name"] == "default")
    except (OSError, ValueError, RecursionError, AttributeError, KeyError, TypeError, StopIteration):
        return ""
    return template if isinstance(template, str) else ""


def has_space_once(folder: Path) -> bool:
    """Whether a folder's tokenizer puts its implicit space at the start of a text alone, and not behind each control id
    ("legacy": false in tokenizer_config.json).
    """
    try:
        fields = json.loads(read_regular(folder / "tokenizer_config.json", _MAX_CONFIG_BYTES))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(fields, dict) and fields.get("legacy") is False


def recognise(template: str) -> TemplateFormat:
    """The format of a template that is not empty."""
    kind = next((kind for kind, marks in _MARKS if all(mark in template for mark in marks)), None)
    match kind:
        case None:
            return TemplateFormat(PromptFormat.COMPLETION, doubt=_OTHER)
        case PromptFormat.TURNS:
            return TemplateFormat(kind)
        case PromptFormat.INST:
            return TemplateFormat(kind, doubt="" if "<<SYS>>" in template else _VARIANT)
        case _:
            wording = _wording(phrases_of(template), WORDINGS[kind].system)
            return TemplateFormat(kind, wording, "" if wording else _VARIANT)


def _wording(phrases: tuple[Phrase, ...], usual_system: Around) -> ChatWording | None:
    """The words of a template of the usual build; None for another. `usual_system` stands around a system text where a
    template does not say.
    """
    around = _arounds(phrases)
    header = _header(phrases)
    if not {"user", "assistant"} <= around.keys() or not header:
        return None
    system = around.get("system", usual_system)
    if (behind := _behind_system(phrases)) and "system" in around:
        system = Around(system.before, system.after + behind, system.strips)
    return ChatWording(
        start=BEGIN if any(_begins(phrase) for phrase in phrases) else "",
        system=system,
        question=around["user"],
        answer=around["assistant"],
        header=header,
        default_system=_default_system(phrases, system, header),
    )


def _arounds(phrases: tuple[Phrase, ...]) -> dict[str, Around]:
    """The words around each role's messages."""
    found: dict[str, Around] = {}
    for phrase in phrases:
        at = next((at for at, part in enumerate(phrase.parts) if part in _CONTENTS), None)
        if at is None or (after := _words(phrase.parts[at + 1 :])) is None:
            continue
        before, strips = phrase.parts[:at], phrase.parts[at] in (Slot.STRIPPED, Slot.STRIPPED_SYSTEM)
        role = "system" if phrase.parts[at] in _SYSTEMS else phrase.role
        if Slot.ROLE in before:
            place = before.index(Slot.ROLE)
            first, between = _words(before[:place]), _words(before[place + 1 :])
            if first is not None and between is not None:
                found |= {each: Around(f"{first}{each}{between}", after, strips) for each in ROLES if each not in found}
        elif role and (words := _words(before)) is not None:
            found.setdefault(role, Around(words, after, strips))
    return found


def _behind_system(phrases: tuple[Phrase, ...]) -> str:
    """The words behind a system text that was put into a variable first, which comes before the loop's roles."""
    for phrase in phrases:
        match phrase.parts:
            case [Slot.NAME, str(behind)] | [str(), Slot.NAME, str(behind)] if not phrase.role and not phrase.is_set:
                return behind
    return ""


def _words(parts: Sequence[Part]) -> str | None:
    """The words without a begin mark, which comes first in any case; None if there is more than words."""
    if not all(isinstance(part, str) for part in parts):
        return None
    return "".join(part for part in parts if isinstance(part, str)).replace(BEGIN, "")


def _begins(phrase: Phrase) -> bool:
    return any(isinstance(part, str) and BEGIN in part for part in phrase.parts)


def _header(phrases: tuple[Phrase, ...]) -> str:
    """The words that request an answer: after their condition, or else after the loop."""
    asked = [phrase for phrase in phrases if phrase.is_header and not phrase.is_set]
    last = [phrase for phrase in phrases if phrase.is_last and not phrase.is_set]
    words = [_words(phrase.parts) for phrase in (asked or last)]
    return next((each for each in words if each), "")


def _default_system(phrases: tuple[Phrase, ...], system: Around, header: str) -> str:
    """The system text that a template uses if a conversation has none; "" if it has no such default."""
    for phrase in phrases:
        words = _words(phrase.parts)
        if words and words != header and not phrase.is_header:
            text = words.removeprefix(system.before).removesuffix(system.after)
            if len(text) >= _LEAST_SYSTEM and " " in text.strip():
                return text
    return ""

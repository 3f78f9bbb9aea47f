"""Conversations and prompts as plain data: turns, chat formats, and the parts of a prompt."""

from dataclasses import dataclass
from enum import StrEnum

from engine.settings import FillOrder


class Speaker(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"


class Order(StrEnum):
    """The two layouts of an infilling prompt: prefix, suffix, middle, or suffix, prefix, middle."""

    PSM = "psm"
    SPM = "spm"

    @classmethod
    def of(cls, setting: FillOrder) -> "Order | None":
        """The layout of a setting; None if the gap decides."""
        return None if setting is FillOrder.AUTO else cls(setting.value)


class PromptFormat(StrEnum):
    """A model's chat format: INST for Llama 2 and Code Llama 7B to 34B, TURNS for Code Llama 70B Instruct, the others
    by a `ChatWording`; COMPLETION for a model without chat.
    """

    INST = "inst"
    TURNS = "turns"
    CHATML = "chatml"
    ZEPHYR = "zephyr"
    ALPACA = "alpaca"
    VICUNA = "vicuna"
    LLAMA3 = "llama3"
    PHIND = "phind"
    COMPLETION = "completion"


BEGIN, END = "\ufdd0", "\ufdd1"  # stand for begin and end ids; Unicode noncharacters, so no text has them


@dataclass(frozen=True, slots=True)
class Around:
    """The words before and after a speaker's message. `strips`: blanks at the message's ends are removed."""

    before: str
    after: str
    strips: bool = False


@dataclass(frozen=True, slots=True)
class ChatWording:
    """A chat format that puts words around messages. `header` begins the requested answer.

    BEGIN and END in them are control ids; so are marks such as <|im_start|> if the vocabulary has them as control ids.
    `default_system` is used if the person has no system text. `space_once`: SentencePiece's implicit space is put only
    at the very start, not after each control id.
    """

    start: str
    system: Around
    question: Around
    answer: Around
    header: str
    default_system: str = ""
    space_once: bool = False


class Destination(StrEnum):
    """The recipient of a message, which only the 70B format writes into the prompt.

    USUAL follows the reference code (meta-llama/codellama): answers go to the person, questions name nobody.
    """

    USUAL = "usual"
    NONE = "none"
    USER = "user"
    ASSISTANT = "assistant"


class PartName(StrEnum):
    """The origin of a prompt's tokens. EXCHANGE is a question with its answer, USER the open question."""

    CONTROL = "control"
    SYSTEM = "system"
    OUTLINE = "outline"
    PROJECT = "project"
    EXCHANGE = "exchange"
    USER = "user"
    ANSWER_HEADER = "answer_header"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class PromptPart:
    """The origin of the ids [start, stop) of a prompt. `label` is the path of a project's file."""

    name: PartName
    start: int
    stop: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation, exactly as typed or generated."""

    speaker: Speaker
    text: str
    destination: Destination = Destination.USUAL


@dataclass(frozen=True, slots=True)
class ExplainPrompt:
    """Reader: decode a prompt's ids. Answers PromptExplained.

    `ids` are little-endian uint32 of the tokenizer.model with that SHA-256, which may have moved since.
    """

    job_id: str
    ids: bytes
    tokenizer_path: str
    tokenizer_hash: str


@dataclass(frozen=True, slots=True)
class PromptExplained:
    """The text that each id of a prompt adds. `controls` are the indices of control ids, whose text is their name.

    A character that takes several ids belongs to the last of them.
    """

    job_id: str
    texts: tuple[str, ...]
    controls: tuple[int, ...]

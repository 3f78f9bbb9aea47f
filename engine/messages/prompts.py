"""Conversations and prompts as plain data: turns, formats, and what the tokens of a prompt are."""

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
        """The layout that a setting asks for; None where the gap decides."""
        return None if setting is FillOrder.AUTO else cls(setting.value)


class PromptFormat(StrEnum):
    """How a model is talked to: INST as Llama 2 and the small Code Llamas, TURNS as Code Llama 70B Instruct, the others
    by a `ChatWording`; COMPLETION means that it has no chat.
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


BEGIN, END = "\ufdd0", "\ufdd1"  # stand for the vocabulary's begin and end marks; no text has them, says Unicode


@dataclass(frozen=True, slots=True)
class Around:
    """What stands before and behind a message of one speaker. `strips`: it loses the blanks at its ends."""

    before: str
    after: str
    strips: bool = False


@dataclass(frozen=True, slots=True)
class ChatWording:
    """A chat format that is words around messages. `header` begins the answer that is asked for.

    BEGIN and END in them are control ids; so are marks such as <|im_start|> where the vocabulary has them as such.
    `default_system` stands in for a system text where the person has none. `space_once`: SentencePiece's implicit space
    stands at the very start alone, and not behind each control id.
    """

    start: str
    system: Around
    question: Around
    answer: Around
    header: str
    default_system: str = ""
    space_once: bool = False


class Destination(StrEnum):
    """To whom a message goes, which only the 70B format writes down.

    USUAL is what the authors' program makes of a conversation: answers go to the person, questions name nobody.
    """

    USUAL = "usual"
    NONE = "none"
    USER = "user"
    ASSISTANT = "assistant"


class PartName(StrEnum):
    """Whose a prompt's tokens are. EXCHANGE is a question with its answer, USER the question that is open."""

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
    """What the ids [start, stop) of a prompt are. `label` is the path of a project's file."""

    name: PartName
    start: int
    stop: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation, as it was typed or answered."""

    speaker: Speaker
    text: str
    destination: Destination = Destination.USUAL


@dataclass(frozen=True, slots=True)
class ExplainPrompt:
    """Reader: what a prompt's ids say. Answers PromptExplained.

    `ids` are little-endian uint32 of the tokenizer.model with that SHA-256, wherever it lies by now.
    """

    job_id: str
    ids: bytes
    tokenizer_path: str
    tokenizer_hash: str


@dataclass(frozen=True, slots=True)
class PromptExplained:
    """What each id of a prompt adds to its text; `controls` are the places of control ids, whose text is their name.

    Of a character that takes several ids, the last one has it.
    """

    job_id: str
    texts: tuple[str, ...]
    controls: tuple[int, ...]

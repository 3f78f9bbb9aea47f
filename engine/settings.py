"""The person's settings: plain values with defaults and limits. `app` stores them."""

import os
from dataclasses import dataclass, field
from enum import StrEnum


class ThemeChoice(StrEnum):
    """The window's theme; SYSTEM follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class FillOrder(StrEnum):
    """The layout of a fill's prompt: chosen by where the gap begins, or always one of the two.

    The layouts are engine.messages.prompts.Order.
    """

    AUTO = "auto"
    PSM = "psm"
    SPM = "spm"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn. Temperature 0 is argmax.

    Top-p keeps a token while the probability mass before it is <= top_p (sample_top_p in meta-llama/codellama); `top_k`
    0 switches top-k off. `repetition_penalty` divides the positive logits of tokens already seen and multiplies the
    negative ones (CTRL, Keskar et al. 2019, section 4.1). A `seed` of None draws a fresh one for each answer. Text ends
    before the first of the `stop_strings`. `logprobs`: each token is sent with its log-probability.
    """

    temperature: float = 0.2
    top_p: float = 0.9
    max_tokens: int = 512
    seed: int | None = None
    top_k: int = 0
    repetition_penalty: float = 1.0
    stop_strings: tuple[str, ...] = ()
    logprobs: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.temperature <= 5.0:
            raise ValueError(f"temperature must be between 0 and 5, not {self.temperature}")
        if not 0.0 < self.top_p <= 1.0:
            raise ValueError(f"top-p must be above 0 and at most 1, not {self.top_p}")
        if self.max_tokens < 1:
            raise ValueError(f"the length must be at least 1 token, not {self.max_tokens}")
        if self.seed is not None and not 0 <= self.seed < 2**63:
            raise ValueError(f"a seed must be between 0 and 2**63 - 1, not {self.seed}")
        if self.top_k < 0:
            raise ValueError(f"top-k must be 0 (off) or more, not {self.top_k}")
        if not 0.1 <= self.repetition_penalty <= 10.0:
            raise ValueError(f"the repetition penalty must be between 0.1 and 10, not {self.repetition_penalty}")
        if not all(self.stop_strings):
            raise ValueError("a stop string must not be empty")


def answer_room(max_tokens: int, context_tokens: int) -> int:
    """The tokens of a context that are reserved for an answer of at most `max_tokens`: at most a quarter of it, so that
    a prompt has room whatever length is set.
    """
    return min(max_tokens, context_tokens // 4)


CHAT_SAMPLING = Sampling()
FILL_SAMPLING = Sampling(temperature=0.0, max_tokens=128)  # as in example_infilling.py of meta-llama/codellama


CONTEXT_TOKENS = 16384  # what Code Llama was trained on (docs/code-llama.md, "Length")
_MOST_CONTEXT_TOKENS = 1 << 20
FONT_SIZES_PT = range(7, 29)


@dataclass(frozen=True, slots=True)
class ModelDefaults:
    """The person's settings for one model, in effect from its next load.

    `context_tokens` 0 and `chat` None mean the settings for all models; `device` is "auto", "cpu" or "cuda".
    """

    folder: str
    context_tokens: int = 0
    device: str = "auto"
    chat: Sampling | None = None

    def __post_init__(self) -> None:
        _check_path(self.folder)
        if not 0 <= self.context_tokens <= _MOST_CONTEXT_TOKENS:
            raise ValueError(f"a context can't have {self.context_tokens} tokens")
        if self.device not in ("auto", "cpu", "cuda"):
            raise ValueError(f"there is no device {self.device!r}")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is remembered between starts, apart from chats and the window's geometry."""

    theme: ThemeChoice = ThemeChoice.SYSTEM
    code_font_pt: int = 10
    text_font_pt: int = 10
    send_with_ctrl_enter: bool = False
    system_prompt: str = ""
    chat: Sampling = field(default=CHAT_SAMPLING)
    fill: Sampling = field(default=FILL_SAMPLING)
    fill_order: FillOrder = FillOrder.AUTO
    model_folder: str = ""  # empty: the starter
    context_tokens: int = CONTEXT_TOKENS  # for loading models; shortened if it does not fit
    added_folders: tuple[str, ...] = ()  # model folders that the person added
    model_defaults: tuple[ModelDefaults, ...] = ()
    is_welcomed: bool = False  # whether the first-run page has been answered
    recent_folders: tuple[str, ...] = ()
    recent_files: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.context_tokens <= _MOST_CONTEXT_TOKENS:
            raise ValueError(f"a context can't have {self.context_tokens} tokens")
        if self.code_font_pt not in FONT_SIZES_PT or self.text_font_pt not in FONT_SIZES_PT:
            raise ValueError(f"a font must have {FONT_SIZES_PT.start} to {FONT_SIZES_PT.stop - 1} points")
        for path in (self.model_folder, *self.added_folders, *self.recent_folders, *self.recent_files):
            _check_path(path)


def _check_path(path: str) -> None:
    """Raise ValueError for an impossible path: with a NUL, or a surrogate that represents no byte of a name."""
    os.fsencode(path)  # UnicodeEncodeError is a ValueError
    if "\0" in path:
        raise ValueError("a path can't hold a NUL")

"""The twelve Code Llama checkpoints and the starter: how each is recognised, prompted and used.

Facts: the paper (Code Llama: Open Foundation Models for Code, arXiv 2308.12950 v3; tables 2 and 4 have the figures, 14
the order of fills, 17 the long contexts) and the authors' repository, meta-llama/codellama. A folder's own config.json
is believed before this table; where the two differ, `differences` says so.
"""

from dataclasses import dataclass
from enum import StrEnum

from engine.messages.prompts import Order, PromptFormat
from engine.models.config_file import LlamaShape, Rope


class Infilling(StrEnum):
    """Whether a checkpoint can fill gaps. DISPUTED: the authors' own sources disagree."""

    YES = "yes"
    NO = "no"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Figures:
    """Published results in percent (the paper, tables 2 and 4), of the 16-bit weights; none are published for 4 bits.
    HumanEval 0-shot and MBPP 3-shot at pass@1, 10 and 100; MultiPL-E is the mean of six languages.
    """

    humaneval: tuple[float, float, float]
    mbpp: tuple[float, float, float]
    multipl_e: float


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A published checkpoint, with the shape by which its network is recognised."""

    id: str  # the repository's name without its owner
    size: str
    shape: LlamaShape
    infilling: Infilling
    infill_note: str
    prompt_format: PromptFormat
    infill_order: Order
    licence: str
    good_for: str
    figures: Figures

    @property
    def repository(self) -> str:
        """The community's mirror, which needs no account."""
        return f"codellama/{self.id}"

    @property
    def gated_repository(self) -> str:
        """The publisher's own repository, accessible after accepting the licence there."""
        return f"meta-llama/{self.id}"

    @property
    def download_bytes(self) -> int:
        """The size of the 16-bit safetensors."""
        return 2 * self.shape.parameters

    @property
    def rope_theta(self) -> float:
        return self.shape.rope.theta

    @property
    def trained_context_tokens(self) -> int:
        return self.shape.max_positions


_LICENCE = "Llama 2 Community License"
PLAIN_PIECES, _EXTRA_PIECES = 32000, 16  # Llama 2's vocabulary, and the pieces that infilling adds
_SHORT_THETA, _LONG_THETA = 1e4, 1e6  # without and with long-context tuning
_MEASURED_CONTEXT_TOKENS = 100_000
NO_PIECES = "This model's vocabulary has no infilling marks, so it cannot fill gaps."
_NOT_TRAINED = "This model was not trained to fill gaps."
_DISPUTED = (
    "Sources disagree on whether Code Llama 70B Instruct was trained to fill gaps: "
    "the paper's abstract and the model card say yes, the authors' README says no."
)
_SIZES = {  # hidden size, feed-forward size, layers, heads, key/value heads
    "7b": (4096, 11008, 32, 32, 32),
    "13b": (5120, 13824, 40, 40, 40),
    "34b": (8192, 22016, 48, 64, 8),
    "70b": (8192, 28672, 80, 64, 8),
}
_FIGURES = {  # HumanEval, MBPP, MultiPL-E
    ("7b", ""): Figures((33.5, 59.6, 85.9), (41.4, 66.7, 82.5), 26.3),
    ("13b", ""): Figures((36.0, 69.4, 89.8), (47.0, 71.7, 87.1), 30.6),
    ("34b", ""): Figures((48.8, 76.8, 93.0), (55.0, 76.2, 86.6), 36.4),
    ("70b", ""): Figures((53.0, 84.6, 96.2), (62.4, 81.1, 91.9), 45.3),
    ("7b", "Instruct"): Figures((34.8, 64.3, 88.1), (44.4, 65.4, 76.8), 25.8),
    ("13b", "Instruct"): Figures((42.7, 71.6, 91.6), (49.4, 71.2, 84.1), 32.0),
    ("34b", "Instruct"): Figures((41.5, 77.2, 93.5), (57.0, 74.6, 85.4), 36.1),
    ("70b", "Instruct"): Figures((67.8, 90.3, 97.3), (62.2, 79.6, 89.2), 45.9),
    ("7b", "Python"): Figures((38.4, 70.3, 90.6), (47.6, 70.3, 84.8), 27.5),
    ("13b", "Python"): Figures((43.3, 77.4, 94.1), (49.0, 74.0, 87.6), 31.5),
    ("34b", "Python"): Figures((53.7, 82.8, 94.7), (56.2, 76.4, 88.2), 35.1),
    ("70b", "Python"): Figures((57.3, 89.3, 98.4), (65.6, 81.5, 91.9), 45.0),
}
_GOOD_FOR = {
    ("7b", ""): "quick continuations and fills in many languages",
    ("7b", "Python"): "quick continuations of Python; no chat, no fills",
    ("7b", "Instruct"): "quick chats and fills; the one to begin with",
    ("13b", ""): "better continuations and fills in many languages",
    ("13b", "Python"): "better continuations of Python; no chat, no fills",
    ("13b", "Instruct"): "better chats and fills, and the surest of the small ones in a long context",
    ("34b", ""): "good continuations, with long contexts at little memory; no fills",
    ("34b", "Python"): "good continuations of Python, with long contexts at little memory; no chat, no fills",
    ("34b", "Instruct"): "good chats, with long contexts at little memory; no fills",
    ("70b", ""): "the best continuations and fills in many languages",
    ("70b", "Python"): "the best continuations of Python, in a context of 4k tokens; no chat, no fills",
    ("70b", "Instruct"): "the best chats, in a context of 4k tokens",
}
# The starter is exact far more often in SPM (resources/starter/README.md has the figures); the tests' small model,
# which may stand in for it, ends its fills by itself in PSM.
STARTER_ORDER, STAND_IN_ORDER = Order.SPM, Order.PSM
STARTER_NAME = "Lacuna starter"


def _shape(size: str, variant: str) -> LlamaShape:
    hidden_size, intermediate_size, layers, heads, kv_heads = _SIZES[size]
    short = size == "70b" and variant != ""  # 70B Instruct and Python: no long-context tuning
    has_marks = size == "70b" or (size != "34b" and variant != "Python")
    return LlamaShape(
        hidden_size=hidden_size,
        intermediate_size=intermediate_size,
        layers=layers,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=hidden_size // heads,
        vocab_size=PLAIN_PIECES + (_EXTRA_PIECES if has_marks else 0),
        max_positions=4096 if short else 16384,
        rope=Rope(_SHORT_THETA if short else _LONG_THETA),
        rms_norm_eps=1e-5,
        tied_embeddings=False,
        attention_bias=False,
        mlp_bias=False,
        eos_ids=(2,),
        source_name="",
    )


def _checkpoint(size: str, variant: str) -> Checkpoint:
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
        shape=_shape(size, variant),
        infilling=infilling,
        infill_note=note,
        prompt_format=prompt_format,
        infill_order=Order.SPM,
        licence=_LICENCE,
        good_for=_GOOD_FOR[size, variant],
        figures=_FIGURES[size, variant],
    )


CHECKPOINTS: tuple[Checkpoint, ...] = tuple(
    _checkpoint(size, variant) for size in _SIZES for variant in ("", "Python", "Instruct")
)


def differences(checkpoint: Checkpoint, shape: LlamaShape) -> tuple[str, ...]:
    """Sentences on the differences between a folder's config.json and its checkpoint's known values."""
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


def vocabulary_differences(checkpoint: Checkpoint, shape: LlamaShape, pieces: int) -> tuple[str, ...]:
    """Sentences on a Code Llama whose tokenizer.model, of so many pieces, is not the one its weights were made with.

    All of them have Llama 2's 32 000 pieces, and sixteen more for infilling or none, in both.
    """
    if pieces != shape.vocab_size:
        return (
            f"tokenizer.model has {pieces:,} pieces and the weights have {shape.vocab_size:,} rows; {checkpoint.id} "
            f"has {checkpoint.shape.vocab_size:,} of both. Download tokenizer.model again if answers look wrong.",
        )
    if pieces != checkpoint.shape.vocab_size:
        return (
            f"This folder's vocabulary has {pieces:,} pieces; {checkpoint.id} is known to have "
            f"{checkpoint.shape.vocab_size:,}. The folder is believed.",
        )
    return ()


def context_limit(checkpoint: Checkpoint | None, shape: LlamaShape) -> int:
    """The longest context to let anybody ask for: what a folder's config.json states, or, where a checkpoint's long
    base was tuned for more, the 100k tokens to which its authors measured it (the paper, section 3.3).
    """
    is_long = checkpoint is not None and min(checkpoint.rope_theta, shape.rope.theta) >= _LONG_THETA
    return max(shape.max_positions, _MEASURED_CONTEXT_TOKENS) if is_long else shape.max_positions

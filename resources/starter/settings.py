"""The fixed choices of the starter model: its shape, its token ids and how training is paced."""

from dataclasses import dataclass, field
from typing import Any

BOS, EOS = 1, 2
MARKS = ("▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>")
VOCABULARY = 4096


@dataclass(frozen=True)
class Shape:
    """A Llama shape whose linear layers all have rows divisible by 32 and columns by 64, as 4-bit kernels ask."""

    hidden: int = 192
    inner: int = 512
    layers: int = 6
    heads: int = 3
    positions: int = 4096
    rope_base: float = 1e6

    def config(self) -> dict[str, Any]:
        """The keyword arguments of a `LlamaConfig` of this shape."""
        return {
            "vocab_size": VOCABULARY,
            "hidden_size": self.hidden,
            "intermediate_size": self.inner,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.heads,
            "max_position_embeddings": self.positions,
            "rope_parameters": {"rope_theta": self.rope_base, "rope_type": "default"},
            "rms_norm_eps": 1e-5,
            "tie_word_embeddings": False,
            "bos_token_id": BOS,
            "eos_token_id": EOS,
        }


@dataclass(frozen=True)
class Mixture:
    """Shares of the kinds of sample, counted in tokens, and how windows around a gap are sized in characters."""

    shares: dict[str, float] = field(default_factory=lambda: {"completion": 0.22, "infilling": 0.56, "chat": 0.22})
    psm: float = 0.85
    # Short windows dominate: they hold many more middles per million tokens.
    windows: dict[int, float] = field(
        default_factory=lambda: {100: 3.0, 160: 5.0, 250: 5.0, 400: 3.0, 800: 1.0, 1600: 0.6}
    )


# Samples do not see each other, so only long ones teach what lies far back: without them text beyond 512 is lost.
LONG_MIXTURE = Mixture(
    shares={"completion": 0.45, "infilling": 0.36, "chat": 0.19},
    windows={250: 1.0, 800: 2.0, 1600: 2.0, 3200: 2.0, 6000: 1.5},
)


@dataclass(frozen=True)
class Pace:
    """Batch, sequence lengths and learning rates of a run."""

    rows: int = 8
    context: int = 512
    long_context: int = 2048
    long_share: float = 0.17
    decay_from: float = 0.60
    floor: float = 0.03
    warm_up: int = 150
    adam_rate: float = 3e-3
    muon_rate: float = 0.02

    def rate(self, step: int, done: float) -> float:
        """The factor on the learning rates: a warm-up, a plateau, then a line down to the floor."""
        falling = min(1.0, (1.0 - done) / (1.0 - self.decay_from))
        return min(1.0, (step + 1) / self.warm_up) * (self.floor + (1.0 - self.floor) * max(0.0, falling))

    def batch(self, done: float) -> tuple[int, int]:
        """Rows and their length at this point of the run; the tokens of a step stay the same."""
        if done > 1.0 - self.long_share:
            return self.rows * self.context // self.long_context, self.long_context
        return self.rows, self.context

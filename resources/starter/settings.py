"""The fixed choices of the starter model: what is learned, how the samples are mixed and how training is paced."""

from dataclasses import dataclass, field

PIECES = 48_928
RANK = 32
MARKS = ("▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>")


@dataclass(frozen=True)
class Mixture:
    """Shares of the kinds of sample, counted in tokens, and how windows around a gap are sized in characters."""

    shares: dict[str, float] = field(
        default_factory=lambda: {
            "lesson": 0.30,  # functions of ours: asked for, explained, completed
            "talk": 0.18,  # conversations of ours
            "library": 0.02,  # functions of libraries
            "project": 0.16,  # questions about a folder
            "spm": 0.13,
            "psm": 0.20,
            "completion": 0.01,
        }
    )
    # Short windows hold many more middles per million tokens.
    windows: dict[int, float] = field(
        default_factory=lambda: {150: 2.0, 250: 3.0, 400: 3.0, 700: 2.0, 1200: 1.0, 2400: 0.2}
    )
    project_tokens: dict[int, float] = field(default_factory=lambda: {500: 3.0, 900: 3.0, 1300: 1.0, 1900: 0.5})


@dataclass(frozen=True)
class Pace:
    """Tokens of a part and of a step, and the learning rate over the run."""

    part: int = 1024  # what is computed at once: on one core more is slower, since it leaves the cache
    parts: int = 2  # in a step
    rate: float = 7e-4
    warm_up: int = 40
    decay_from: float = 0.60
    floor: float = 0.04

    def rate_at(self, step: int, done: float) -> float:
        """A warm-up, a plateau, then a line down to the floor; `done` is the share of the run behind it."""
        falling = min(1.0, (1.0 - done) / (1.0 - self.decay_from))
        return self.rate * min(1.0, (step + 1) / self.warm_up) * (self.floor + (1.0 - self.floor) * max(0.0, falling))

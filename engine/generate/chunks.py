"""How many tokens of a prompt are read at once: few enough that a stop is obeyed within 0.3 s.

The first length follows from the rate that was measured when the model was loaded and stays: the borders between chunks
show in the last bits of the logits, and a seeded answer is to come out the same again. Only a machine that proves too
slow for it, twice in a row, gets shorter chunks.
"""

from engine.models.limits import most_chunk_tokens

LONGEST_CHUNK_S = 0.3
_AIM_S = 0.2  # room for attention over a long context, which the measured rate does not know of
_FEWEST_TOKENS = 1


class ChunkLength:
    """The length of the next chunk in tokens, and the measured rate."""

    def __init__(self, first_tokens: int) -> None:
        self.tokens = first_tokens
        self.tokens_per_s = 0.0
        self._slow_in_a_row = 0

    def observe(self, tokens: int, seconds: float) -> None:
        """Take note of how long a chunk took; halve the length after the second one in a row that took too long."""
        self.tokens_per_s = tokens / seconds if seconds > 0 else 0.0
        self._slow_in_a_row = self._slow_in_a_row + 1 if seconds > LONGEST_CHUNK_S else 0
        if self._slow_in_a_row >= 2:
            self.tokens = max(_FEWEST_TOKENS, self.tokens // 2)
            self._slow_in_a_row = 0


def first_chunk_tokens(tokens_per_s: float, *, is_gpu: bool) -> int:
    """The length to begin with at a measured rate, a power of two; never above what the memory plan reckons with."""
    tokens = max(_FEWEST_TOKENS, min(int(tokens_per_s * _AIM_S), most_chunk_tokens(is_gpu=is_gpu)))
    return 1 << (tokens.bit_length() - 1)

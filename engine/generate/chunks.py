"""How many tokens of a prompt are read at once: few enough that a stop is obeyed within 0.3 s.

The first length follows from the model and the device alone, never from a clock: the borders between chunks show in the
last bits of the logits, and a seeded answer is to come out the same again. Only a machine that proves too slow for it,
twice in a row, gets shorter chunks.
"""

from engine.models.device import Placement

LONGEST_CHUNK_S = 0.3
_AIM_S = 0.1  # room for a machine three times as slow as expected
_MOST_TOKENS = 4096
_MOST_TOKENS_ON_PROCESSOR = 256
# Parameters times tokens a second, from performance.md: sections 9 (48 tok/s of a 7B on two cores) and 7 (3090, T4).
_PROCESSOR_RATE_PER_THREAD = 1.6e11
_GPU_RATE_PER_MULTIPROCESSOR = 2e11
# Without the packed kernel a matrix is first unpacked, 75 ms for 4096 x 4096, then multiplied in float32 at 142 GFLOP/s
# (section 9b). Up to 16 rows the unpacking takes nearly all of the time, so that fewer would gain nothing.
_UNPACK_S_PER_PARAMETER = 75e-3 / (4096 * 4096)
_UNPACKED_RATE = 7e10
_FEWEST_UNPACKED_TOKENS = 16


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
            self.tokens = max(1, self.tokens // 2)
            self._slow_in_a_row = 0


def first_chunk_tokens(parameters: int, placement: Placement) -> int:
    """The length to begin with, a power of two."""
    if placement.device != "cpu":
        rate = _GPU_RATE_PER_MULTIPROCESSOR * placement.multiprocessors
        return _power_of_two_within(rate * _AIM_S / parameters, _MOST_TOKENS)
    if not placement.has_fused_kernel:
        left_s = _AIM_S - parameters * _UNPACK_S_PER_PARAMETER
        tokens = max(_FEWEST_UNPACKED_TOKENS, left_s * _UNPACKED_RATE / parameters)
        return _power_of_two_within(tokens, _MOST_TOKENS_ON_PROCESSOR)
    return _power_of_two_within(
        _PROCESSOR_RATE_PER_THREAD * placement.threads * _AIM_S / parameters, _MOST_TOKENS_ON_PROCESSOR
    )


def _power_of_two_within(tokens: float, most: int) -> int:
    return 1 << (max(1, min(int(tokens), most)).bit_length() - 1)

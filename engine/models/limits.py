"""Limits that the memory plan assumes and that prefill obeys."""

# The longest chunk of a prefill, in tokens. On a GPU a longer one gains 1 % (H200, 7B) and takes memory in proportion;
# a processor's matrix products are as fast with a few hundred rows.
_GPU_CHUNK_TOKENS, _PROCESSOR_CHUNK_TOKENS = 4096, 512


def most_chunk_tokens(*, is_gpu: bool) -> int:
    """The longest chunk of a prefill on such a device, in tokens."""
    return _GPU_CHUNK_TOKENS if is_gpu else _PROCESSOR_CHUNK_TOKENS

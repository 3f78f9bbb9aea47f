"""Limits that the memory plan reckons with and that reading a prompt keeps to."""

# Tokens of a prompt that are read at once, at most. On a GPU more gains 1 % (an H200, 7B) and takes memory in
# proportion; a processor's matrix products are as fast with a few hundred rows.
_GPU_CHUNK_TOKENS, _PROCESSOR_CHUNK_TOKENS = 4096, 512


def most_chunk_tokens(*, is_gpu: bool) -> int:
    """The most tokens of a prompt that are read at once on such a device."""
    return _GPU_CHUNK_TOKENS if is_gpu else _PROCESSOR_CHUNK_TOKENS

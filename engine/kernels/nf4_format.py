"""The sizes of NF4 as bitsandbytes stores it (QLoRA, arXiv 2305.14314, section 3). `nf4.h` has the block for C."""

BLOCK = 64  # neighbouring weights of a row that share one absmax
NESTED_BLOCK = 256  # absmaxes that share one scale where they are quantized themselves ("double quantization")
CODES_PER_BYTE = 2

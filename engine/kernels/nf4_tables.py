"""The 16 numbers of NF4, laid out as the Triton product looks them up on the device.

A weight is `code[nibble] * absmax[block]`. The product multiplies 16-bit codes on the tensor cores and scales each
block of 64 in float32, so the only rounding of a weight is that of its code. The codes are multiplied by a constant
first, the one in [1, 2) whose 15 roundings lose least (root of the summed squares: bfloat16 2.2e-3 -> 1.3e-3, float16
3.2e-4 -> 1.3e-4), and the product is divided by it at the end.
"""

import torch

# bitsandbytes' get_4bit_type("nf4"), from QLoRA (arXiv 2305.14314), appendix E.
NF4_CODES = (
    -1.0,
    -0.6961928009986877,
    -0.5250730514526367,
    -0.39491748809814453,
    -0.28444138169288635,
    -0.18477343022823334,
    -0.09105003625154495,
    0.0,
    0.07958029955625534,
    0.16093020141124725,
    0.24611230194568634,
    0.33791524171829224,
    0.44070982933044434,
    0.5626170039176941,
    0.7229568362236023,
    1.0,
)
PAIRS = 256  # words of the first part of a table: one per byte
_LANES = 32


def code_scale(dtype: torch.dtype) -> float:
    """The factor the codes of `nf4_table` carry (found by a search in steps of 5e-6)."""
    return {torch.bfloat16: 1.437005, torch.float16: 1.67769}[dtype]


def nf4_table(dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """int32 [512] for products in `dtype` (bfloat16 or float16).

    [0:256] for each byte its two codes in one word, the first weight (high nibble) in the low half;
    [256:512] for each of 32 lanes 8 words: the codes' 16 low bytes, then their 16 high bytes, for byte permutes. Each
    lane has its own copy so that the compiler keeps them in plain registers (a uniform load goes to uniform
    registers, and is moved from there before every use).
    """
    codes = (torch.tensor(NF4_CODES, dtype=torch.float64) * code_scale(dtype)).to(torch.float32).to(dtype)
    bits = codes.view(torch.int16).to(torch.int32) & 0xFFFF
    byte = torch.arange(PAIRS)
    pairs = bits[byte >> 4] | (bits[byte & 15] << 16)
    planes = torch.cat([bits & 0xFF, bits >> 8]).to(torch.uint8).view(torch.int32)
    return torch.cat([pairs, planes.repeat(_LANES)]).to(device)

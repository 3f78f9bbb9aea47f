"""The 16 numbers of NF4, as the Triton product looks them up on the device.

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
_SCALES = {torch.bfloat16: 1.437005, torch.float16: 1.67769}  # found by a search in steps of 5e-6


def code_scale(dtype: torch.dtype) -> float:
    """The factor the codes of `nf4_table` carry."""
    return _SCALES[dtype]


def nf4_table(dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """int32 [256] for products in `dtype` (bfloat16 or float16): the two codes of each byte in one word.

    The first weight's (high nibble) is in the low half.
    """
    codes = (torch.tensor(NF4_CODES, dtype=torch.float64) * code_scale(dtype)).to(torch.float32).to(dtype)
    bits = codes.view(torch.int16).to(torch.int32) & 0xFFFF
    byte = torch.arange(256)
    return (bits[byte >> 4] | (bits[byte & 15] << 16)).to(device)

"""Whether the Triton kernels can run here, and why not. Imports without triton, unlike the kernels themselves."""

import importlib.util

import torch

# tl.dot on 16-bit numbers needs the tensor cores of sm_80; Turing keeps bitsandbytes' own kernels.
_OLDEST_CAPABILITY = (8, 0)


def triton_fault() -> str:
    """Why the Triton kernels can't serve the current CUDA device; empty where they can."""
    if importlib.util.find_spec("triton") is None:
        return "The package triton is not installed."
    if not torch.cuda.is_available():
        return "There is no CUDA device."
    capability = torch.cuda.get_device_capability()
    if capability < _OLDEST_CAPABILITY:
        return f"The kernels need compute capability 8.0; this device has {capability[0]}.{capability[1]}."
    return ""

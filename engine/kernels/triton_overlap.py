"""Starting a kernel before the one in front of it on the stream has ended (programmatic dependent launch, sm_90).

A kernel launched so may do only what depends on nothing that changes (read weights, fill tables) until it has waited.
All kernels of a chain wait, so a kernel's end also says that everything before it has ended.
"""

import torch
import triton

try:
    from triton.language.extra.cuda import gdc_launch_dependents, gdc_wait

    launch_dependents, wait_for_previous = gdc_launch_dependents, gdc_wait

    _TRITON_CAN = True
except ImportError:  # Triton 3.3
    _TRITON_CAN = False

    @triton.jit
    def launch_dependents():
        """Nothing: never reached, see `overlap_possible`."""

    @triton.jit
    def wait_for_previous():
        """Nothing: never reached, see `overlap_possible`."""


def overlap_possible(device: torch.device) -> bool:
    """Whether kernels on this device can be launched with `overlap`."""
    return _TRITON_CAN and device.type == "cuda" and torch.cuda.get_device_capability(device) >= (9, 0)


def launch_options(overlap: bool) -> dict[str, bool]:
    """The keyword arguments that every kernel's launch takes (Triton 3.9 warns where nothing is said of fusion)."""
    return {"enable_fp_fusion": True, **({"launch_pdl": True} if overlap else {})}

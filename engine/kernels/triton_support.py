"""Whether the Triton kernels can run here, and why not. Imports without triton, unlike the kernels themselves."""

import importlib.util
import os
import shutil
import sysconfig
from pathlib import Path

import torch

# tl.dot on 16-bit numbers needs the tensor cores of sm_80; Turing keeps bitsandbytes' own kernels.
_OLDEST_CAPABILITY = (8, 0)


def triton_fault(device: torch.device | None = None) -> str:
    """Why the Triton kernels can't serve a CUDA device, the current one without `device`; empty where they can."""
    if importlib.util.find_spec("triton") is None:
        return "The package triton is not installed."
    if not torch.cuda.is_available() or torch.version.hip:
        return "There is no CUDA device."
    capability = torch.cuda.get_device_capability(device)
    if capability < _OLDEST_CAPABILITY:
        return f"The kernels need compute capability 8.0; this device has {capability[0]}.{capability[1]}."
    return launcher_fault() if os.name == "posix" else ""  # Triton's port to Windows brings its own compiler


def launcher_fault() -> str:
    """Why Triton can't build the C module that launches kernels, which it builds at first use; "" if it can.

    It takes $CC, clang or gcc (triton/runtime/build.py) and Python's headers.
    """
    if "CC" not in os.environ and not shutil.which("clang") and not shutil.which("gcc"):
        return "Triton needs a C compiler: install gcc or clang."
    scheme = sysconfig.get_default_scheme().replace("posix_local", "posix_prefix")  # as Triton asks on Debian
    if not Path(sysconfig.get_paths(scheme)["include"], "Python.h").is_file():
        return "Triton needs the headers of Python: install python3-dev or python3-devel."
    return ""

"""Writes and reads the files of a quantized copy: safetensors, one a layer, as nf4_layout.py says.

Importing this module imports torch.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from engine.disk import sync
from engine.kernels.nf4_format import BLOCK, NESTED_BLOCK
from engine.models import checksums
from engine.models.nf4_cache import CopyWriter, describe_files, hash_files
from engine.models.nf4_layout import PARTS
from engine.models.shards import INDEX
from engine.models.tensor_files import DTYPES, tensor_checksum

_POLL_S = 0.2
_LABELS = {dtype: label for label, dtype in DTYPES.items()}


class CopyKeeper:
    """Writes a copy while its model is being made: files and the originals' hash on threads of its own.

    Nothing here raises for a full disk and the like: the model matters more. A context manager; leaving it stops what
    is still under way.
    """

    def __init__(self, writer: CopyWriter, paths: Sequence[Path], files: int) -> None:
        self._writer = writer
        self._paths = paths
        self._files = files
        self._written = 0
        self._weight_map: dict[str, str] = {}
        self._checksums: dict[str, int] = {}
        self._fault = ""
        self._is_closing = False
        self._originals = describe_files(paths)
        self._executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="copy")
        self._key = self._executor.submit(hash_files, paths, self._stop_if_closing)
        self._writing: Future[dict[str, int]] | None = None

    def __enter__(self) -> "CopyKeeper":
        return self

    def __exit__(self, *error: object) -> None:
        self._is_closing = True
        self._executor.shutdown()

    def keep(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Write the next file. The tensors must not change before `finish`."""
        self._await_writing()
        if not self._fault:
            self._written += 1
            name = f"model-{self._written:05}-of-{self._files:05}.safetensors"
            self._weight_map |= dict.fromkeys(tensors, name)
            self._writing = self._executor.submit(_write, self._writer.folder / name, tensors)

    def finish(self, config: Mapping[str, object], on_wait: Callable[[], None]) -> str:
        """Make the copy one that is found; why that was not possible, "" where it was. `on_wait` may raise to stop."""
        while not self._fault and not self._key.done():
            on_wait()
            wait([self._key], timeout=_POLL_S)
        self._await_writing()
        if self._fault:
            return self._fault
        try:
            _write_json(self._writer.folder / INDEX, {"metadata": {}, "weight_map": self._weight_map})
            _write_json(self._writer.folder / "config.json", config)
            _write_json(self._writer.folder / checksums.NAME, self._checksums)
            if describe_files(self._paths) != self._originals:
                return "its originals changed while they were read"
            self._writer.commit(self._key.result(), self._paths)
        except OSError as error:
            return error.strerror or str(error)
        return ""

    def _await_writing(self) -> None:
        try:
            if self._writing is not None:
                self._checksums |= self._writing.result()
        except OSError as error:
            self._fault = error.strerror or str(error)
        except SafetensorError as error:  # how the library tells a full disk
            self._fault = str(error)
        self._writing = None

    def _stop_if_closing(self, done_bytes: int) -> None:
        if self._is_closing:
            raise InterruptedError("the load was cancelled")


def _write(path: Path, tensors: Mapping[str, torch.Tensor]) -> dict[str, int]:
    """Write a file; the checksums of what was to be in it."""
    sums = {name: tensor_checksum(name, _LABELS[tensor.dtype], tensor) for name, tensor in tensors.items()}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata={"format": "pt"})
    sync(path)
    return sums


def _write_json(path: Path, content: Mapping[str, object]) -> None:
    path.write_text(json.dumps(content))
    sync(path)


def stored_weight(name: str, packed: torch.Tensor, state: Any, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """A quantized weight under the names that bitsandbytes gives its parts; `dtype` is the originals'."""
    computed_in, state.dtype = state.dtype, dtype
    parts = {f"{name}.{part}": tensor.cpu() for part, tensor in state.as_dict(packed=True).items()}
    state.dtype = computed_in
    return {name: packed.cpu(), **parts}


def open_weight(
    parts: Sequence[torch.Tensor], dims: tuple[int, ...], dtype: torch.dtype, device: str
) -> tuple[torch.Tensor, Any]:
    """Codes and state of a stored weight of these sizes out of the tensors of `part_names`, on the device, dequantizing
    to `dtype`. Raises ValueError if the state describes another: native code trusts it.
    """
    from bitsandbytes.functional import QuantState

    packed, *rest = parts
    state = QuantState.from_dict(dict(zip(PARTS, rest, strict=True)), device=torch.device(device))
    described = (tuple(state.shape), state.quant_type, state.blocksize, state.nested and state.state2.blocksize)
    if described != (dims, "nf4", BLOCK, NESTED_BLOCK):
        raise ValueError(f"the state of a 4-bit weight says {described}")
    state.dtype = dtype
    return packed.to(device), state

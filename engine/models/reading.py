"""Reads a checked folder into a LlamaForCausalLM whose matrices are bitsandbytes' Linear4bit.

The first time, 16-bit weights are streamed tensor by tensor, quantized, and kept as a copy in the cache; later loads
read the copy. Importing this module imports torch; reading weights imports transformers and bitsandbytes.
"""

import contextlib
import logging
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import torch

from engine.errors import ErrorCode, LacunaError
from engine.kernels.nf4 import load_kernels
from engine.models import nf4_cache
from engine.models.checksums import read_checksums
from engine.models.config_file import LlamaShape
from engine.models.device import Placement
from engine.models.inspection import ModelFolder
from engine.models.nf4_copy import CopyKeeper, open_weight, stored_weight
from engine.models.nf4_layout import copy_bytes, find_nf4_weights, is_quantized, part_names
from engine.models.safetensors_files import WeightFiles, expected_tensors
from engine.models.skeleton import build_skeleton, copy_config
from engine.models.tensor_files import read_tensors
from engine.shown import gigabytes

_logger = logging.getLogger(__name__)

_DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}
_SPARE_BYTES = 2_000_000_000  # left free on the disk beside a copy
# What a damaged copy makes the libraries raise. Running out of memory is a RuntimeError and no sign of damage.
_DAMAGE = (LacunaError, OSError, ValueError, TypeError, KeyError, AttributeError, AssertionError)


@dataclass(frozen=True, slots=True)
class ReadProgress:
    """The progress of reading. `stage` and `detail` are phrases for the person."""

    stage: str
    done_bytes: int
    total_bytes: int
    detail: str = ""


OnProgress = Callable[[ReadProgress], None]
OnNote = Callable[[str], None]


def set_threads(count: int) -> None:
    """Set the number of threads of torch, which our own kernels share."""
    kernels = load_kernels()
    if kernels is not None:
        kernels.set_threads(count)
    else:
        torch.set_num_threads(count)


def read_model(
    folder: ModelFolder,
    placement: Placement,
    cache: Path | None,
    on_progress: OnProgress,
    on_note: OnNote = lambda sentence: None,
) -> Any:
    """transformers' LlamaForCausalLM with NF4 matrices on the placement's devices, never yet run.

    Matrices have blocks of 64 and nested absmax, as transformers and bitsandbytes give them; the rest is in the
    placement's compute dtype. A folder whose weights are in NF4 already is read as a copy is. `cache` is where copies
    are kept, None for nowhere. `on_progress` is called before each tensor and may raise to stop; `on_note` gets a
    sentence for the person where the copy could not be kept. Nothing is fetched and no code of the folder runs: the
    configuration is built from the checked shape, and only safetensors and GGUF files are opened.
    """
    reader = _Reader(folder, placement, on_progress)
    if folder.shape.is_nf4:
        return _open_nf4(reader, folder.path)
    if cache is None:
        return reader.quantize(None)
    copy = nf4_cache.find_copy(cache, folder.weights.paths) or _find_moved(cache, folder, on_progress)
    if copy is not None:
        try:
            model = reader.open_copy(copy.folder, read_checksums(copy.folder))
        except InterruptedError:
            raise  # the load was cancelled
        except _DAMAGE as error:
            _logger.warning("the 4-bit copy %s can't be read and is made again: %s", copy.folder, error)
            on_note("The 4-bit copy of this model was damaged, so it was made again from the original weights.")
            with contextlib.suppress(OSError):
                nf4_cache.remove_copy(cache, copy.key)
        else:
            nf4_cache.mark_used(copy)
            return model
    return _quantize_and_keep(reader, folder, cache, on_note)


def _open_nf4(reader: "_Reader", path: Path) -> Any:
    try:
        return reader.open_copy(path)
    except (TypeError, KeyError, AttributeError, AssertionError) as error:  # the states are foreign JSON
        raise LacunaError(
            ErrorCode.MODEL_INVALID,
            "The 4-bit weights in this folder are damaged: what describes them makes no sense.",
            "Bring the folder again, or choose another one.",
            detail=repr(error),
        ) from None


def _find_moved(cache: Path, folder: ModelFolder, on_progress: OnProgress) -> nf4_cache.Nf4Copy | None:
    """The copy that was made from the same bytes elsewhere; they are hashed only where there may be one."""
    paths, size_bytes = folder.weights.paths, folder.weights.size_bytes
    if not nf4_cache.may_be_known(cache, paths):
        return None
    key = nf4_cache.hash_files(
        paths, lambda done: on_progress(ReadProgress("Recognising the weights", done, size_bytes))
    )
    return nf4_cache.adopt_copy(cache, key, paths)


def _quantize_and_keep(reader: "_Reader", folder: ModelFolder, cache: Path, on_note: OnNote) -> Any:
    """Quantize and write the copy along the way; if it can't be written, the model is loaded all the same."""
    with contextlib.ExitStack() as stack:
        fault, writer = "", None
        try:
            fault = _lack_of_room(cache, copy_bytes(folder.weights, folder.shape))
            writer = None if fault else stack.enter_context(nf4_cache.open_writer(cache, folder.identity.name))
        except OSError as error:
            fault = error.strerror or str(error)
        if writer is None:
            model = reader.quantize(None)
        else:
            keeper = stack.enter_context(CopyKeeper(writer, folder.weights.paths, folder.shape.layers + 1))
            model = reader.quantize(keeper)
            fault = keeper.finish(copy_config(folder.shape), lambda: reader.tell("Keeping the 4-bit copy"))
    if fault:
        on_note(f"The 4-bit copy was not kept ({fault}), so the next load will take as long as this one.")
    return model


def _lack_of_room(cache: Path, needed_bytes: int) -> str:
    free_bytes = nf4_cache.free_bytes(cache)
    if free_bytes >= needed_bytes + _SPARE_BYTES:
        return ""
    return f"it takes {gigabytes(needed_bytes)}, and {gigabytes(free_bytes)} are free on the disk"


class _Reader:
    """Builds the model of one folder, tensor by tensor, from the original weights or from a copy."""

    def __init__(self, folder: ModelFolder, placement: Placement, on_progress: OnProgress) -> None:
        self._folder = folder
        self._placement = placement
        self._on_progress = on_progress
        self._dtype = _DTYPES[placement.compute_dtype]
        self._total_bytes = self._done_bytes = 0

    def quantize(self, keeper: CopyKeeper | None) -> Any:
        """The model out of the 16-bit files; `keeper` gets everything that belongs into a copy."""
        from engine.models.quantize import quantize_nf4, set_weight

        model = build_skeleton(self._folder.shape, self._placement, self._dtype)
        self._begin(sum(self._folder.weights.bytes_of(name) for name, _ in expected_tensors(self._folder.shape)))
        with contextlib.closing(self._read(self._folder.weights, lambda name: (name,))) as pieces:
            for part, tensors in groupby(pieces, key=lambda piece: piece.part):
                kept: dict[str, torch.Tensor] = {}
                for name, (source,) in ((piece.name, piece.tensors) for piece in tensors):
                    self.tell("Quantizing the weights to 4 bits", part)
                    if is_quantized(name):
                        packed, state = quantize_nf4(source.to(self._device(name)), self._dtype)
                        set_weight(_owner(model, name), packed, state)
                        if keeper is not None:
                            kept |= stored_weight(name, packed, state, source.dtype)
                    else:
                        self._set(model, name, source)
                        kept[name] = source
                    self._done_bytes += source.nbytes
                if keeper is not None:
                    keeper.keep(kept)
        return self._finish(model)

    def open_copy(self, copy: Path, checksums: Mapping[str, int] | None = None) -> Any:
        """The model out of a copy. Raises one of _DAMAGE where that is not whole, or not what its checksums say."""
        from engine.models.quantize import set_weight

        shape = self._folder.shape
        dims = dict(expected_tensors(shape))
        model = build_skeleton(shape, self._placement, self._dtype)
        weights = find_nf4_weights(copy, shape)
        self._begin(copy_bytes(self._folder.weights, shape))
        with contextlib.closing(self._read(weights, part_names, checksums)) as pieces:
            for piece in pieces:
                self.tell("Reading the 4-bit weights", piece.part)
                if is_quantized(piece.name):
                    packed, state = open_weight(piece.tensors, dims[piece.name], self._dtype, self._device(piece.name))
                    set_weight(_owner(model, piece.name), packed, state)
                else:
                    self._set(model, piece.name, piece.tensors[0])
                self._done_bytes += sum(tensor.nbytes for tensor in piece.tensors)
        return self._finish(model)

    def _read(
        self,
        weights: WeightFiles,
        parts_of: Callable[[str], tuple[str, ...]],
        checksums: Mapping[str, int] | None = None,
    ) -> Generator["_Piece", None, None]:
        """Every tensor of the network in order, as what it is stored as."""
        order = list(_order(self._folder.shape))
        stored = [part for _, name in order for part in parts_of(name)]
        with contextlib.closing(read_tensors(weights.tensors, weights.files, stored, checksums)) as tensors:
            for part, name in order:
                yield _Piece(part, name, [tensor for _, tensor in islice(tensors, len(parts_of(name)))])

    def _finish(self, model: Any) -> Any:
        if self._folder.shape.tied_embeddings:
            self._set(model, "lm_head.weight", model.model.embed_tokens.weight.data)
        return model.eval()

    def tell(self, stage: str, detail: str = "") -> None:
        self._on_progress(ReadProgress(stage, self._done_bytes, self._total_bytes, detail))

    def _begin(self, total_bytes: int) -> None:
        self._done_bytes, self._total_bytes = 0, total_bytes

    def _set(self, model: Any, name: str, tensor: torch.Tensor) -> None:
        """Store a tensor that stays in 16 or 32 bits."""
        own = tensor.to(device=self._device(name), dtype=self._dtype)
        setattr(_owner(model, name), name.rpartition(".")[2], torch.nn.Parameter(own, requires_grad=False))

    def _device(self, name: str) -> str:
        """The device of a tensor: `model.layers.3.mlp.up_proj.weight` is on that of `model.layers.3`."""
        parts = name.split(".")
        module = ".".join(parts[:3]) if parts[:2] == ["model", "layers"] else name.rpartition(".")[0]
        return self._placement.device_of(module)


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """A tensor of the network, as the one or several that it is stored as; `part` says for the person where it is."""

    part: str
    name: str
    tensors: list[torch.Tensor]


def _order(shape: LlamaShape) -> Iterator[tuple[str, str]]:
    """Part and name of each tensor in the order they are read in: what is no layer, then layer by layer."""
    for name, _ in expected_tensors(shape):
        pieces = name.split(".")
        yield f"layer {int(pieces[2]) + 1} of {shape.layers}" if pieces[1] == "layers" else "embedding and head", name


def _owner(model: Any, name: str) -> Any:
    return model.get_submodule(name.rpartition(".")[0])

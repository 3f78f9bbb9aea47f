"""Loads a model folder: checks it, decides where it runs, reads it into NF4, and does everything slow now.

Importing this module is cheap: torch and what builds on it are imported by the first load, on the engine thread.
"""

import math
import os
import traceback
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from engine.errors import ErrorCode, LacunaError
from engine.messages import LoadModel, ModelInfo, Progress
from engine.models.device import Machine, Placement, choose_placement, probe_machine
from engine.models.inspection import ModelFolder, inspect_folder
from engine.models.memory import give_back_memory, is_out_of_memory
from engine.models.processor import available_bytes
from engine.tokens.vocabulary import Vocabulary

if TYPE_CHECKING:
    from engine.models.network import Network

_POLL_S = 0.2
_KV_SHARE = 0.5  # of the memory that is free once the weights are there; the rest is for activations and other programs
_TAIL_SHARE = 0.125  # of main memory, for chats that wait
_UNKNOWN_FREE_BYTES = 4 << 30
_FAILURES = (RuntimeError, MemoryError, OSError, ValueError, SafetensorError)  # what the libraries raise over weights


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that answers.

    `kv_budget_tokens` is how much context all buffers together may keep between answers, `tail_budget_tokens` how much
    of waiting chats is kept in main memory.
    """

    info: ModelInfo
    network: "Network"
    vocabulary: Vocabulary
    eos_ids: tuple[int, ...]
    placement: Placement
    kv_budget_tokens: int
    tail_budget_tokens: int


# Puts a network together from transformers' model, telling how far it is; everything slow is to be done in it.
Builder = Callable[[str, Any, Placement], Generator[Progress, None, "Network"]]
Loader = Callable[[LoadModel], Generator[Progress, None, LoadedModel]]


def load_model(
    request: LoadModel, build: Builder, probe: Callable[[], Machine] = probe_machine
) -> Generator[Progress, None, LoadedModel]:
    """Load a folder in NF4, telling how far it is; `build` makes the network, `probe` tells what it may run on.

    Raises LacunaError: what `inspect_folder` and `choose_placement` raise, OUT_OF_MEMORY, or MODEL_INVALID where the
    libraries refuse the weights. Whatever fails, nothing half-loaded stays.
    """
    try:
        return (yield from _load(request, build, probe))
    except _FAILURES as error:
        failure = _explain(error)
    give_back_memory()  # only now: inside the except block the traceback still holds the tensors
    raise failure


def _load(request: LoadModel, build: Builder, probe: Callable[[], Machine]) -> Generator[Progress, None, LoadedModel]:
    yield Progress(request.job_id, "Checking the model folder", 0, 0)
    folder = inspect_folder(Path(request.folder), is_starter=request.is_starter)
    yield Progress(request.job_id, "Starting PyTorch", 0, 0)
    placement = choose_placement(probe(), request.device, folder.shape.parameters)
    _require_memory(folder, placement)
    model = yield from _read(request.job_id, folder, placement)
    network = yield from build(request.job_id, model, placement)
    del model
    _require_numbers(network, folder.vocabulary)
    bytes_per_token = folder.shape.kv_bytes_per_token(placement.element_bytes)
    return LoadedModel(
        info=_info(request, folder, placement, network.weights_bytes),
        network=network,
        vocabulary=folder.vocabulary,
        eos_ids=folder.shape.eos_ids,
        placement=placement,
        kv_budget_tokens=int(_free_bytes(placement) * _KV_SHARE) // bytes_per_token,
        tail_budget_tokens=int((available_bytes() or _UNKNOWN_FREE_BYTES) * _TAIL_SHARE) // bytes_per_token,
    )


def _read(job_id: str, folder: ModelFolder, placement: Placement) -> Generator[Progress, None, Any]:
    """Read the weights on a second thread while this one tells how far they are; closing stops at the next tensor."""
    import torch

    from engine.models.network import read_model

    torch.set_num_threads(placement.threads)
    position = (0, 0)
    closing = False

    def on_tensor(done: int, total: int) -> None:
        nonlocal position
        position = (done, total)
        if closing:
            raise InterruptedError("the load was cancelled")

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="weights") as executor:
        reading = executor.submit(read_model, folder, placement, on_tensor)
        try:
            while not reading.done():
                stage = "Reading the weights into 4 bits" if position[1] else "Starting transformers and bitsandbytes"
                yield Progress(job_id, stage, *position, unit="tensors")
                wait([reading], timeout=_POLL_S)
        finally:
            closing = True
        return reading.result()


def _require_numbers(network: "Network", vocabulary: Vocabulary) -> None:
    """A look at whether numbers come out at all."""
    logits = network.read([vocabulary.bos], network.new_cache())
    if not math.isfinite(float(logits.max())):
        raise LacunaError(
            ErrorCode.MODEL_INVALID,
            "The model answers with values that are not numbers; its weights are damaged.",
            "Download the model again, or choose another folder.",
        )


def _require_memory(folder: ModelFolder, placement: Placement) -> None:
    """Refuse before the first byte is read what cannot fit: on a processor the system would end the process instead."""
    needed_bytes = folder.loaded_bytes(placement.element_bytes)
    if placement.free_bytes is not None and needed_bytes > placement.free_bytes:
        where = "in this computer" if placement.device == "cpu" else f"on the GPU ({placement.device_name})"
        raise LacunaError(
            ErrorCode.OUT_OF_MEMORY,
            f"{folder.identity.name} takes about {_gb(needed_bytes)} of memory; "
            f"{_gb(placement.free_bytes)} are free {where}.",
            "Choose a smaller model, or close other programs and try again.",
        )


def _info(request: LoadModel, folder: ModelFolder, placement: Placement, weights_bytes: int) -> ModelInfo:
    identity, shape = folder.identity, folder.shape
    return ModelInfo(
        folder=request.folder,
        name=identity.name,
        is_starter=request.is_starter,
        parameters=shape.parameters,
        context_tokens=shape.max_positions,
        prompt_format=identity.prompt_format,
        can_infill=identity.can_infill,
        infill_order=identity.infill_order,
        infill_note=identity.infill_note,
        device=placement.device,
        device_name=placement.device_name,
        device_reason=placement.reason,
        compute_dtype=placement.compute_dtype,
        weights_bytes=weights_bytes,
        tokenizer_path=os.fspath(folder.vocabulary.path),
        tokenizer_hash=folder.vocabulary.hash,
        warnings=folder.warnings + placement.warnings,
    )


def _free_bytes(placement: Placement) -> int:
    """What is free now that the weights are loaded."""
    import torch

    if placement.device != "cpu":
        return int(torch.cuda.mem_get_info(placement.device)[0])
    free_bytes = available_bytes()
    return _UNKNOWN_FREE_BYTES if free_bytes is None else free_bytes


def _explain(error: Exception) -> LacunaError:
    """The failure as text alone: a kept exception would keep its frames, and so the tensors."""
    detail = "".join(traceback.format_exception(error))
    if is_out_of_memory(error):
        return LacunaError(
            ErrorCode.OUT_OF_MEMORY,
            "The memory ran out while the model was loaded; what was read of it has been given back.",
            "Choose a smaller model, or close other programs and try again.",
            detail,
        )
    first_line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return LacunaError(
        ErrorCode.MODEL_INVALID,
        f"The model could not be loaded: {first_line[:200]}.",
        "Download the model again, or choose another folder.",
        detail,
    )


def _gb(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB"

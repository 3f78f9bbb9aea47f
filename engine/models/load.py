"""Loads a model folder: checks it, chooses its device, reads it into NF4, and does all slow work now.

Importing this module is cheap: torch and what builds on it are imported by the first load, on the engine thread.
"""

import os
import traceback
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError

from engine.errors import ErrorCode, LacunaError
from engine.messages.jobs import Progress
from engine.messages.machine import LoadModel, MachineFacts, ModelInfo
from engine.models.device import Placement
from engine.models.fit import MemoryPlan
from engine.models.inspection import ModelFolder, inspect_folder
from engine.models.load_plan import LoadPlan, log_reality, plan_load
from engine.models.machine import probe_machine
from engine.models.memory import give_back_memory, is_out_of_memory
from engine.models.processor import available_bytes
from engine.models.reality import try_out
from engine.tokens.vocabulary import Vocabulary

if TYPE_CHECKING:
    from engine.models.network import Network
    from engine.models.reading import ReadProgress

_POLL_S = 0.2
_KV_SHARE = 0.5  # of the memory left after loading the weights; the rest is for activations and other programs
_TAIL_SHARE = 0.125  # of main memory, for the KV caches of idle chats
_UNKNOWN_FREE_BYTES = 4 << 30
_FAILURES = (RuntimeError, MemoryError, OSError, ValueError, SafetensorError)  # raised by the libraries on bad weights


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that answers.

    `kv_budget_tokens` is how much context all buffers together may keep between answers, `tail_budget_tokens` how much
    of waiting chats is kept in main memory, `plan` what was reckoned with before the load, per device.
    """

    info: ModelInfo
    network: "Network"
    vocabulary: Vocabulary
    eos_ids: tuple[int, ...]
    placement: Placement
    kv_budget_tokens: int
    tail_budget_tokens: int
    plan: MemoryPlan | None = None


# Puts a network together from transformers' model, telling how far it is; everything slow is to be done in it.
Builder = Callable[[str, Any, Placement], Generator[Progress, None, "Network"]]
Loader = Callable[[LoadModel], Generator[Progress, None, LoadedModel]]


def load_model(
    request: LoadModel, build: Builder, probe: Callable[[], MachineFacts] = probe_machine
) -> Generator[Progress, None, LoadedModel]:
    """Load a folder in NF4, telling how far it is; `build` makes the network, `probe` tells what it may run on.

    Raises LacunaError: what `inspect_folder` and `choose_placement` raise, OUT_OF_MEMORY, or MODEL_INVALID where the
    libraries refuse the weights. Whatever fails, nothing half-loaded stays.
    """
    try:
        return (yield from _load(request, build, probe))
    except _FAILURES as error:
        failure = _explain(error)
    give_back_memory()  # after the except block, in which the traceback still holds the tensors
    raise failure


def _load(
    request: LoadModel, build: Builder, probe: Callable[[], MachineFacts]
) -> Generator[Progress, None, LoadedModel]:
    yield Progress(request.job_id, "Checking the model folder", 0, 0)
    folder = inspect_folder(Path(request.folder), is_starter=request.is_starter)
    yield Progress(request.job_id, "Starting PyTorch", 0, 0)
    plan = plan_load(request, folder, probe())
    notes: list[str] = list(plan.notes)
    model = yield from _read(request, folder, plan.placement, notes)
    # What caches may grow to is what was planned: less than the folder states where memory is short, or more by wish.
    model.config.max_position_embeddings = plan.memory.context_tokens
    network = yield from build(request.job_id, model, plan.placement)
    del model
    give_back_memory()  # bitsandbytes' parameters and their modules form reference cycles
    used = [part.device.id for part in plan.memory.parts]
    log_reality(folder, plan, try_out(network, folder.vocabulary.bos, used, plan.memory.context_tokens))
    bytes_per_token = folder.shape.kv_bytes_per_token(plan.placement.element_bytes)
    free_tokens = int(_free_bytes(plan.placement) * _KV_SHARE) // bytes_per_token
    return LoadedModel(
        info=_info(request, folder, plan, network.weights_bytes, notes),
        network=network,
        vocabulary=folder.vocabulary,
        eos_ids=folder.shape.eos_ids,
        placement=plan.placement,
        kv_budget_tokens=max(plan.memory.context_tokens, free_tokens),
        tail_budget_tokens=int((available_bytes() or _UNKNOWN_FREE_BYTES) * _TAIL_SHARE) // bytes_per_token,
        plan=plan.memory,
    )


def _read(
    request: LoadModel, folder: ModelFolder, placement: Placement, notes: list[str]
) -> Generator[Progress, None, Any]:
    """Read the weights on a second thread while this one tells how far they are; closing stops at the next tensor.

    `notes` gets sentences for the person.
    """
    from engine.models.skeleton import stay_offline

    stay_offline()
    from engine.models.reading import ReadProgress, read_model, set_threads

    set_threads(placement.threads)
    position = ReadProgress("Starting transformers and bitsandbytes", 0, 0)
    closing = False

    def on_progress(progress: ReadProgress) -> None:
        nonlocal position
        position = progress
        if closing:
            raise InterruptedError("the load was cancelled")

    # Quantizing the starter is faster than finding a copy of it.
    cache = Path(request.cache_folder) if request.cache_folder and not request.is_starter else None
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="weights") as executor:
        reading = executor.submit(read_model, folder, placement, cache, on_progress, notes.append)
        try:
            while not reading.done():
                yield _progress(request.job_id, position)
                wait([reading], timeout=_POLL_S)
        finally:
            closing = True
        return reading.result()


def _progress(job_id: str, position: "ReadProgress") -> Progress:
    return Progress(job_id, position.stage, position.done_bytes, position.total_bytes, "bytes", position.detail)


def _info(request: LoadModel, folder: ModelFolder, plan: LoadPlan, weights_bytes: int, notes: list[str]) -> ModelInfo:
    identity, shape, placement = folder.identity, folder.shape, plan.placement
    return ModelInfo(
        folder=request.folder,
        name=identity.name,
        is_starter=request.is_starter,
        parameters=shape.parameters,
        context_tokens=plan.memory.context_tokens,
        prompt_format=identity.prompt_format,
        wording=identity.wording,
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
        warnings=(*folder.warnings, *placement.warnings, *notes),
    )


def _free_bytes(placement: Placement) -> int:
    """The free memory after the weights are loaded."""
    import torch

    if placement.device != "cpu":
        return int(torch.cuda.mem_get_info(placement.device)[0])
    return available_bytes() or _UNKNOWN_FREE_BYTES


def _explain(error: Exception) -> LacunaError:
    """The failure as text, since a kept exception would keep its frames and so the tensors."""
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

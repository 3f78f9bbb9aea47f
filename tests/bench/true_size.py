"""Loading at true size without the real weights: inspection, fit, quantize once, reload, plan against memory.

    python -m tests.bench.true_size --tokenizer FILE [FILE] [--folder DIR] [--only NAME] [--cold] [--keep]

Writes folders of Code Llama's shapes with random weights (they repeat after 67 million values, which nothing here
notices), loads each in a fresh process, prints a table and JSON lines, and removes what it made. Outside the suite: the
7B takes 13.5 GB on the disk and a copy of 3.9 GB. The 34B and the 70B are inspected and planned at full size as sparse
files without content, and the 34B is loaded at a depth of four layers for its grouped heads.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.messages.machine import LoadModel
from engine.models.catalogue import CHECKPOINTS, context_limit
from engine.models.config_file import LlamaShape
from engine.models.device import fit_on
from engine.models.inspection import inspect_folder
from engine.models.load import load_model
from engine.models.machine import probe_machine
from engine.models.processor import own_bytes
from engine.models.safetensors_files import expected_tensors
from engine.models.shards import INDEX
from engine.models.skeleton import config_fields
from engine.tokens.vocabulary import Vocabulary

_SHARD_BYTES = 5_000_000_000
_POOL = 1 << 26
_SPARE_BYTES = 4_000_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """A folder to make, with random weights that are loaded or with sparse files that are only inspected."""

    name: str
    shape: LlamaShape
    has_weights: bool

    @property
    def disk_bytes(self) -> int:
        return int(self.shape.parameters * 2.6) + _SPARE_BYTES if self.has_weights else _SPARE_BYTES


def main() -> int:
    """Run the cases that the disk has room for; 1 where one had to be left out."""
    arguments = _parse()
    if arguments.load is not None:
        _load_and_report(arguments.load, arguments.cache)
        return 0
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # so that what was made is removed then too
    left_out = 0
    tokenizers = {Vocabulary.open(path).size: path for path in arguments.tokenizer}
    folder = Path(tempfile.mkdtemp(prefix="lacuna-true-size-", dir=arguments.folder))
    _say({"row": "machine", **_machine()})
    try:
        for case in _cases():
            if arguments.only not in ("", case.name):
                continue
            tokenizer = tokenizers.get(case.shape.vocab_size)
            reason = _why_not(case, folder, tokenizer)
            if tokenizer is None or reason:
                _say({"row": case.name, "left_out": reason})
                left_out = 1
            else:
                _run(case, folder / case.name, tokenizer, arguments)
    finally:
        if not arguments.keep:
            shutil.rmtree(folder)
    return left_out


def _cases() -> list[Case]:
    shapes = {one.id: one.shape for one in CHECKPOINTS}
    thirty_four = shapes["CodeLlama-34b-Instruct-hf"]
    return [
        Case("CodeLlama-7b-Instruct-hf", shapes["CodeLlama-7b-Instruct-hf"], has_weights=True),
        Case("CodeLlama-34b-Instruct-hf", thirty_four, has_weights=False),
        Case("CodeLlama-34b-Instruct-4-layers", replace(thirty_four, layers=4), has_weights=True),
        Case("CodeLlama-70b-Instruct-hf", shapes["CodeLlama-70b-Instruct-hf"], has_weights=False),
    ]


def _why_not(case: Case, folder: Path, tokenizer: Path | None) -> str:
    if shutil.disk_usage(folder).free < case.disk_bytes:
        return f"needs {case.disk_bytes / 1e9:.0f} GB of free disk"
    return "" if tokenizer is not None else f"no tokenizer.model of {case.shape.vocab_size} pieces was given"


def _run(case: Case, folder: Path, tokenizer: Path, arguments: argparse.Namespace) -> None:
    write_folder(folder, case, tokenizer)
    _inspect(case, folder)
    if case.has_weights:
        cache = folder.parent / "cache"
        for load in ("first load", "second load"):
            for path in (*folder.iterdir(), *cache.glob("*/*")) if arguments.cold else ():
                _drop_from_page_cache(path)
            facts = _in_fresh_process(folder, cache)
            _say({"row": case.name, "what": load, "page_cache": "cold" if arguments.cold else "warm", **facts})
        if not arguments.keep:
            shutil.rmtree(cache)
    if not arguments.keep:
        shutil.rmtree(folder)


def _inspect(case: Case, folder: Path) -> None:
    start_s = time.perf_counter()
    inspected = inspect_folder(folder)
    inspection_ms = (time.perf_counter() - start_s) * 1000
    machine = probe_machine()
    limit_tokens = context_limit(inspected.identity.checkpoint, case.shape)
    fits = {
        f"{tokens} tokens": fit_on(machine, case.shape, min(tokens, limit_tokens)).sentence for tokens in (4096, 16384)
    }
    _say(
        {
            "row": case.name,
            "what": "inspection",
            "milliseconds": round(inspection_ms, 1),
            "files": len(inspected.weights.paths),
            "gigabytes": round(inspected.weights.size_bytes / 1e9, 2),
            "prompts": inspected.identity.prompt_format,
            "fills": inspected.identity.can_infill,
            "warnings": inspected.warnings,
            "fit": fits,
        }
    )


def write_folder(folder: Path, case: Case, tokenizer: Path) -> None:
    """A folder in the Hugging Face layout, in shards of about 5 GB."""
    folder.mkdir()
    shutil.copyfile(tokenizer, folder / "tokenizer.model")
    config = {**config_fields(case.shape), "model_type": "llama", "eos_token_id": 2, "dtype": "bfloat16"}
    (folder / "config.json").write_text(json.dumps(config))
    shards = list(_shards(case.shape))
    weight_map = {}
    for number, names in enumerate(shards, 1):
        path = folder / f"model-{number:05}-of-{len(shards):05}.safetensors"
        _write_shard(path, names, has_weights=case.has_weights)
        weight_map |= dict.fromkeys(names, path.name)
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))


def _shards(shape: LlamaShape) -> Iterator[dict[str, tuple[int, ...]]]:
    shard: dict[str, tuple[int, ...]] = {}
    for name, dims in expected_tensors(shape):
        if shard and sum(map(_bytes_of, shard.values())) + _bytes_of(dims) > _SHARD_BYTES:
            yield shard
            shard = {}
        shard[name] = dims
    yield shard


def _write_shard(path: Path, tensors: Mapping[str, tuple[int, ...]], *, has_weights: bool) -> None:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    position = 0
    for name, dims in tensors.items():
        header[name] = {"dtype": "BF16", "shape": dims, "data_offsets": [position, position + _bytes_of(dims)]}
        position += _bytes_of(dims)
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    with path.open("wb") as file:
        file.write(len(encoded).to_bytes(8, "little") + encoded)
        if has_weights:
            for number, dims in enumerate(tensors.values()):
                file.writelines(_random_weights(dims, number))
        else:
            file.truncate(8 + len(encoded) + position)
        os.fsync(file.fileno())


def _random_weights(dims: tuple[int, ...], seed: int) -> Iterator[memoryview]:
    """bf16 values of a spread that keeps activations tame; norms are ones."""
    import torch

    if len(dims) == 1:
        ones = torch.ones(dims, dtype=torch.bfloat16)
        yield memoryview(ones.view(torch.uint8).numpy())
        return
    global _pool
    if _pool is None:
        generator = torch.Generator().manual_seed(7)
        _pool = memoryview(
            (torch.randn(_POOL, generator=generator) * 0.02).to(torch.bfloat16).view(torch.uint8).numpy()
        )
    left, start = _bytes_of(dims), seed * 1_000_003 * 2 % len(_pool)
    while left:
        piece = _pool[start : start + left]
        left, start = left - len(piece), 0
        yield piece


_pool: memoryview | None = None


def _in_fresh_process(folder: Path, cache: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "tests.bench.true_size", "--load", os.fspath(folder), "--cache", os.fspath(cache)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    facts: dict[str, object] = json.loads(done.stdout)
    return facts


def _load_and_report(folder: Path, cache: Path) -> None:
    from engine.generate.build import build_network

    stages: dict[str, float] = {}
    started_s = last_s = time.perf_counter()
    stage, peak_bytes = "", 0
    loading = load_model(LoadModel("load", str(folder), cache_folder=str(cache)), build_network)
    try:
        while True:
            progress = next(loading)
            now_s = time.perf_counter()
            stages[stage], last_s, stage = stages.get(stage, 0.0) + now_s - last_s, now_s, progress.stage
            peak_bytes = max(peak_bytes, own_bytes())
    except StopIteration as end:
        model = end.value
    stages[stage] = stages.get(stage, 0.0) + time.perf_counter() - last_s
    stages.pop("")
    planned = model.plan.weights_bytes
    facts = {
        "seconds": round(time.perf_counter() - started_s, 1),
        "stages": {name: round(seconds, 1) for name, seconds in stages.items()},
        "weights_planned_bytes": planned,
        "weights_taken_bytes": model.info.weights_bytes,
        "taken_over_planned": round(model.info.weights_bytes / planned, 4),
        "process_bytes": own_bytes(),
        "process_peak_bytes": peak_bytes,
        "context_tokens": model.info.context_tokens,
        "kv_planned_bytes": model.plan.kv_bytes,
        "device": model.info.device,
        "compute_dtype": model.info.compute_dtype,
        "notes": model.info.warnings,
    }
    sys.stdout.write(json.dumps(facts))


def _machine() -> dict[str, object]:
    machine = probe_machine()
    return {
        "processor": machine.processor_name,
        "cores": machine.cores,
        "instructions": machine.instructions,
        "kernels": machine.processor_kernels,
        "memory_bytes": machine.memory_bytes,
        "gpu": [gpu.name for gpu in machine.gpus] or machine.gpu_sentence,
    }


def _drop_from_page_cache(path: Path) -> None:
    if path.is_file():
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def _bytes_of(dims: tuple[int, ...]) -> int:
    count = 2
    for size in dims:
        count *= size
    return count


def _say(line: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Load Code Llama's shapes with random weights.")
    parser.add_argument(
        "--tokenizer", type=Path, nargs="+", metavar="FILE", help="Code Llama's tokenizer.model, 32016 or 32000 pieces"
    )
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where to write; the system's temporary folder")
    parser.add_argument("--only", default="", metavar="NAME", help="this folder alone")
    parser.add_argument("--cold", action="store_true", help="take the files out of the page cache before each load")
    parser.add_argument("--keep", action="store_true", help="leave the folders for further looks")
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--cache", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.load is None and arguments.tokenizer is None:
        parser.error("--tokenizer FILE is needed")
    return arguments


if __name__ == "__main__":
    sys.exit(main())

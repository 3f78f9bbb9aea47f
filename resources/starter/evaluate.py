"""Measures the starter on held-out files and prints the figures as JSON.

python -m resources.starter.evaluate                     the shipped weights, computed in float32
python -m resources.starter.evaluate --nf4               the same in 4 bits, as the app runs them
"""

import argparse
import ast
import json
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from transformers import BitsAndBytesConfig, LlamaForCausalLM, PreTrainedModel

from resources.starter.chat import ABOUT
from resources.starter.corpus import Corpus, load_corpus
from resources.starter.decoding import CHAT, FILL, Answer, generate
from resources.starter.functions import find_functions
from resources.starter.gaps import Gap
from resources.starter.items import ABOUT_KNOWN, ABOUT_NEW, Question, line_gaps, questions
from resources.starter.ngram import NGrams
from resources.starter.samples import Tokens
from resources.starter.settings import BOS, EOS

SHIPPED = Path(__file__).parent / "model"
SEED = 7
WINDOW = 2048
LINE_FEED = 13
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
ABOUT_MARK = ABOUT[:30]


@dataclass(frozen=True)
class Evaluation:
    """A model, its tokenizer and the held-out text."""

    model: PreTrainedModel
    tokens: Tokens
    corpus: Corpus

    def bits_per_character(self) -> dict[str, float]:
        """Over windows of 2,048 tokens that overlap by half, so that a token has what stands before it."""
        nats = characters = count = 0.0
        for source in self.corpus.held_out:
            ids = [BOS, *self.tokens.encode(source.text)]
            nats += self._nats(ids)
            characters += len(source.text)
            count += len(ids) - 1
        return {"bits_per_character": nats / math.log(2) / characters, "nats_per_token": nats / count}

    @torch.inference_mode()
    def _nats(self, ids: list[int]) -> float:
        total, scored = 0.0, 1
        for start in range(0, max(1, len(ids) - 1), WINDOW // 2):
            window = torch.tensor([ids[start : start + WINDOW]])
            logits = self.model(input_ids=window).logits[0, :-1].float()
            each = functional.cross_entropy(logits, window[0, 1:], reduction="none")
            total += each[scored - start - 1 :].sum().item()
            scored = start + window.size(1)
            if scored >= len(ids):
                break
        return total

    def fills(self, gaps: Sequence[Gap], order: str) -> dict[str, float]:
        """How many middles end by themselves and how many are exactly the one cut out."""
        prompt = self.tokens.psm_prompt if order == "psm" else self.tokens.spm_prompt
        prompts = [prompt(gap.prefix, gap.suffix) for gap in gaps]
        answers = generate(self.model, prompts, self.tokens.end, FILL)
        texts = [self.tokens.decode_bare(answer.ids) if answer.ended else "" for answer in answers]
        return {"items": len(gaps), "ended": share(answer.ended for answer in answers)} | agreement(texts, gaps)

    def chat(self, asked: Sequence[Question]) -> dict[str, float]:
        """How many answers end, and how many requests for a function get a code block that parses."""
        answers = self._ask([question.text for question in asked])
        texts = [self.tokens.processor.decode(answer.ids) for answer in answers]
        written = [text for text, question in zip(texts, asked, strict=True) if question.kind == "write"]
        figures = {"items": float(len(asked)), "ended": share(answer.ended for answer in answers)}
        for kind in ("write", "explain", "document"):
            ends = [answer.ended for answer, question in zip(answers, asked, strict=True) if question.kind == kind]
            figures[f"{kind}_ended"] = share(ends)
        return figures | {"write_items": len(written), "write_parses": share(map(holds_code, written))}

    def about(self) -> dict[str, float]:
        """How many questions about the model are answered by what it says of itself."""
        figures = {}
        for name, asked in (("known_wordings", ABOUT_KNOWN), ("new_wordings", ABOUT_NEW)):
            texts = [self.tokens.processor.decode(answer.ids) for answer in self._ask(asked)]
            figures[name] = share(ABOUT_MARK in text for text in texts)
        return figures

    def _ask(self, asked: Sequence[str]) -> list[Answer]:
        return generate(self.model, [self.tokens.chat_prompt(text) for text in asked], EOS, CHAT)

    def baseline(self, gaps: Sequence[Gap]) -> dict[str, float]:
        """A 5-gram model of the standard library on the same single lines."""
        model = NGrams(self.tokens.encode(s.text) for s in self.corpus.trained if s.package == "python")
        filled = (model.line(self.tokens.encode(gap.prefix), LINE_FEED, FILL.most) for gap in gaps)
        return {"items": len(gaps)} | agreement([self.tokens.decode_bare(ids) for ids in filled], gaps)


def agreement(texts: Sequence[str], gaps: Sequence[Gap]) -> dict[str, float]:
    """Shares of exact middles, and of middles exact but for the space around them; empty ones are wrong."""
    pairs = [(text, gap.middle) for text, gap in zip(texts, gaps, strict=True)]
    return {
        "exact": share(bool(text.strip()) and text == middle for text, middle in pairs),
        "exact_stripped": share(bool(text.strip()) and text.strip() == middle.strip() for text, middle in pairs),
    }


def share(truths: Any) -> float:
    """The share of true values."""
    values = [bool(value) for value in truths]
    return sum(values) / len(values) if values else 0.0


def holds_code(text: str) -> bool:
    """Whether an answer has a code block and the block is Python."""
    block = BLOCK.search(text)
    if not block or not block.group(1).strip():
        return False
    try:
        ast.parse(block.group(1))
    except (SyntaxError, ValueError):
        return False
    return True


def load_model(folder: Path, nf4: bool) -> PreTrainedModel:
    """The model in float32, or quantised to NF4 as the app does it."""
    if not nf4:
        plain: PreTrainedModel = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        return plain
    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=torch.bfloat16,
        bnb_4bit_use_double_quant=True,
    )
    quantised: PreTrainedModel = LlamaForCausalLM.from_pretrained(
        folder, quantization_config=config, dtype=torch.bfloat16, device_map="cpu"
    ).eval()
    return quantised


def measure(evaluation: Evaluation, chat_items: int, fill_items: int, with_baseline: bool) -> dict[str, Any]:
    """All figures."""
    held_out = evaluation.corpus.held_out
    single = line_gaps(held_out, fill_items, 1, SEED)
    several = line_gaps(held_out, fill_items // 4, 3, SEED)
    functions = find_functions(source.text for source in held_out)
    figures: dict[str, Any] = {
        "held_out_files": len(held_out),
        "text": evaluation.bits_per_character(),
        "psm_single_line": evaluation.fills(single, "psm"),
        "spm_single_line": evaluation.fills(single[: fill_items // 2], "spm"),
        "psm_three_lines": evaluation.fills(several, "psm"),
        "chat": evaluation.chat(questions(functions, chat_items, SEED)),
        "about": evaluation.about(),
    }
    if with_baseline:
        figures["five_gram_single_line"] = evaluation.baseline(single)
    return figures


def main() -> None:
    """Reads the command line, measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--nf4", action="store_true")
    parser.add_argument("--chat", type=int, default=200, help="questions about functions")
    parser.add_argument(
        "--fills",
        type=int,
        default=600,
        help="single lines in PSM; half of them in SPM too, and a quarter as many gaps of three lines",
    )
    parser.add_argument("--no-baseline", action="store_true", help="leave the 5-gram model out")
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    corpus = load_corpus(with_packages=False)
    model = load_model(arguments.model, arguments.nf4)
    evaluation = Evaluation(model, Tokens(arguments.model / "tokenizer.model"), corpus)
    figures = measure(evaluation, arguments.chat, arguments.fills, not arguments.no_baseline)
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()

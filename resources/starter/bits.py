"""Bits per character on held-out files: in bfloat16, and with the weights that NF4 leaves of it."""

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from bitsandbytes import functional as bitsandbytes
from torch import nn
from torch.nn import functional
from transformers import LlamaForCausalLM, PreTrainedModel

from engine.models.quantize import quantize_nf4
from resources.starter.corpus import load_corpus
from resources.starter.samples import Tokens

WINDOW = 1024
WINDOWS_OF_A_FILE = 2  # its first: every file counts, and a large one does not outweigh the others


def bits_per_character(folder: Path) -> dict[str, float]:
    """The figures of both, and by how much NF4 is worse."""
    model: PreTrainedModel = LlamaForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()
    tokens = Tokens(folder / "tokenizer.model")
    texts = [source.text for source in load_corpus(with_packages=False).held_out]
    plain = _bits(model, tokens, texts)
    _round_to_nf4(model)
    rounded = _bits(model, tokens, texts)
    return {"bfloat16": plain, "nf4": rounded, "worse_by": rounded / plain - 1.0}


@torch.inference_mode()
def _bits(model: PreTrainedModel, tokens: Tokens, texts: Sequence[str]) -> float:
    nats, characters = 0.0, 0
    for text in texts:
        ids = tokens.vocabulary.encode(text)
        for start in range(0, min(len(ids), WINDOWS_OF_A_FILE * WINDOW), WINDOW):
            part = torch.tensor([[tokens.vocabulary.bos, *ids[start : start + WINDOW]]])
            logits = model(input_ids=part).logits[0, :-1].float()
            nats += functional.cross_entropy(logits, part[0, 1:], reduction="sum").item()
            characters += sum(len(tokens.vocabulary.piece_bytes(token)) for token in part[0, 1:].tolist())
    return nats / math.log(2) / characters


@torch.inference_mode()
def _round_to_nf4(model: PreTrainedModel) -> None:
    """Replaces each linear layer's weights by what NF4 keeps of them; embedding and head stay."""
    for name, layer in model.named_modules():
        if isinstance(layer, nn.Linear) and "lm_head" not in name:
            packed, state = quantize_nf4(layer.weight.data, torch.bfloat16)
            layer.weight.data = bitsandbytes.dequantize_4bit(packed, state).to(torch.bfloat16)

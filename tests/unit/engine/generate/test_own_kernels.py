"""The whole starter over our own processor kernels: its distributions are those of the float32 forward over the
dequantized weights, on every instruction set, and nearer to them than bitsandbytes' packed kernel keeps.
"""

from pathlib import Path

import pytest
import torch

from engine.generate.linear import Nf4Product
from engine.generate.products import KernelProduct, PackedBitsandbytesProduct
from engine.kernels.nf4 import kernels_fault, kernels_of_every_path
from engine.tokens.vocabulary import Vocabulary
from tests.conftest import STARTER
from tests.networks import nf4_model, over, their_logits

DIVERGENCE = 1e-4


def ids() -> list[int]:
    """200 tokens of code: this file's own."""
    vocabulary = Vocabulary.open(STARTER / "tokenizer.model")
    return [vocabulary.bos, *vocabulary.encode(Path(__file__).read_text())][:200]


def expected(folder: Path) -> torch.Tensor:
    """transformers' logits in float32 over the same 4-bit weights."""
    return their_logits(nf4_model(folder), ids())


def divergence(folder: Path, product: Nf4Product, theirs: torch.Tensor) -> float:
    """The mean KL divergence from transformers, for 190 tokens read together and the last ones each alone."""
    network = over(nf4_model(folder), product)
    cache = network.new_cache()
    parts = [network.read(ids()[:190], cache, 190)] + [network.read([id_], cache) for id_ in ids()[190:]]
    ours, other = torch.cat(parts).log_softmax(-1).double(), theirs.log_softmax(-1).double()
    return float((other.exp() * (other - ours)).sum(-1).mean())


@pytest.mark.parametrize("name", ["avx512_bf16", "avx512", "avx2", "portable"])
def test_whole_model_stays_within_the_limit_of_the_float32_forward(starter_folder: Path, name: str) -> None:
    found = {kernels.instructions: kernels for kernels in kernels_of_every_path()}
    if name not in found:
        pytest.skip(kernels_fault() or f"this processor has no {name}: the whole model was not tried with it")
    assert divergence(starter_folder, KernelProduct(found[name]), expected(starter_folder)) < DIVERGENCE


def test_whole_model_is_nearer_than_with_the_packed_kernel(starter_folder: Path) -> None:
    from bitsandbytes.nn.modules import has_avx512bf16

    kernels = kernels_of_every_path()
    if not kernels or not has_avx512bf16():
        pytest.skip("nothing to compare: no kernels, or no AVX512-BF16 for bitsandbytes' packed one")
    theirs = expected(starter_folder)
    ours = divergence(starter_folder, KernelProduct(kernels[0]), theirs)
    assert ours <= divergence(starter_folder, PackedBitsandbytesProduct(), theirs)

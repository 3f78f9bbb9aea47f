"""The training network computes what transformers computes, and only the adapter learns."""

import copy

import pytest
import torch
from bitsandbytes import functional as bitsandbytes
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM

from engine.models.quantize import quantize_nf4
from resources.starter.adapter import Adapter, load_adapter, new_adapter, save_adapter
from resources.starter.network import LAYER_PARTS, Network

PIECES, WIDTH, LAYERS = 96, 72, 2
LENGTHS = (9, 14)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def reference() -> LlamaForCausalLM:
    """A tiny Llama with the base's heads."""
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=PIECES,
        hidden_size=WIDTH,
        intermediate_size=96,
        num_hidden_layers=LAYERS,
        num_attention_heads=9,
        num_key_value_heads=3,
        head_dim=64,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_theta": 100_000.0, "rope_type": "default"},
        tie_word_embeddings=True,
        initializer_range=0.2,
    )
    return LlamaForCausalLM(config).to(torch.bfloat16).eval()


def network(reference: LlamaForCausalLM, frozen: int = 0, *, rounded: bool = False) -> tuple[Network, Adapter]:
    """The same weights with an adapter that already changes something."""
    weights = {name: tensor for name, tensor in reference.state_dict().items() if name != "lm_head.weight"}
    shapes = {
        name.removesuffix(".weight"): (tensor.size(0), tensor.size(1))
        for name, tensor in weights.items()
        if any(part in name for part in LAYER_PARTS)
    }
    fresh = new_adapter(shapes, 4, [1, 2, PIECES - 1], WIDTH, PIECES, CPU)
    pairs = {name: tuple(factor.detach() for factor in fresh.factors(name)) for name in fresh.names}
    adapter = Adapter(pairs, fresh.row_ids, fresh.rows.detach(), PIECES, frozen)  # type: ignore[arg-type]
    made = Network(weights, adapter, CPU, compiled=False, rounded=rounded)
    made.refresh()
    return made, adapter


def loss_of(reference: LlamaForCausalLM, ids: torch.Tensor) -> float:
    """The summed loss of each sample by itself, its first token not counted."""
    total = 0.0
    for part in ids.split(list(LENGTHS)):
        logits = reference(input_ids=part[None]).logits[0, :-1].float()
        total += functional.cross_entropy(logits, part[1:], reduction="sum").item()
    return total


@pytest.fixture
def ids() -> torch.Tensor:
    """Two samples end to end."""
    return torch.randint(3, PIECES, (sum(LENGTHS),), generator=torch.Generator().manual_seed(2))


@pytest.fixture
def weights() -> torch.Tensor:
    """Everything counts but the samples' first tokens."""
    return torch.tensor([float(at not in (0, LENGTHS[0])) for at in range(sum(LENGTHS))])


def test_loss_is_that_of_transformers_sample_by_sample(
    reference: LlamaForCausalLM, ids: torch.Tensor, weights: torch.Tensor
) -> None:
    made, _ = network(reference)
    assert made.loss(ids, weights, LENGTHS).item() == pytest.approx(loss_of(reference, ids), rel=0.02)


def test_a_sample_does_not_see_the_one_before(
    reference: LlamaForCausalLM, ids: torch.Tensor, weights: torch.Tensor
) -> None:
    made, _ = network(reference)
    only_second = weights * torch.tensor([float(at >= LENGTHS[0]) for at in range(len(ids))])
    other = torch.cat([ids[: LENGTHS[0]].flip(0), ids[LENGTHS[0] :]])
    assert made.loss(ids, only_second, LENGTHS).item() == made.loss(other, only_second, LENGTHS).item()


def test_rounded_weights_are_those_that_nf4_leaves(
    reference: LlamaForCausalLM, ids: torch.Tensor, weights: torch.Tensor
) -> None:
    made, _ = network(reference, rounded=True)
    by_hand = copy.deepcopy(reference)
    with torch.no_grad():
        for name, tensor in by_hand.named_parameters():
            if any(part in name for part in LAYER_PARTS):
                packed, state = quantize_nf4(tensor.float(), torch.bfloat16)
                tensor.copy_(bitsandbytes.dequantize_4bit(packed, state))
    computed, expected, plain = made.loss(ids, weights, LENGTHS).item(), loss_of(by_hand, ids), loss_of(reference, ids)
    assert abs(computed - expected) < abs(computed - plain) / 2


def test_gradients_reach_the_layers_that_learn_and_no_others(
    reference: LlamaForCausalLM, ids: torch.Tensor, weights: torch.Tensor
) -> None:
    made, adapter = network(reference, frozen=1)
    made.loss(ids, weights, LENGTHS).backward()
    for name in adapter.names:
        a, b = adapter.factors(name)
        learns = name.startswith("model.layers.1.")
        assert (b.grad is not None and bool(b.grad.abs().sum() > 0)) == learns, name
        assert (a.grad is not None) == learns  # B is zero at first, so A's is zero
    assert adapter.rows.grad is not None


def test_steps_against_the_gradient_lower_the_loss(
    reference: LlamaForCausalLM, ids: torch.Tensor, weights: torch.Tensor
) -> None:
    made, adapter = network(reference)
    before = made.loss(ids, weights, LENGTHS).item()
    optimizer = torch.optim.SGD(adapter.parameters(), lr=0.02)
    for _ in range(4):
        made.refresh()
        (made.loss(ids, weights, LENGTHS) / weights.sum()).backward()
        optimizer.step()
        optimizer.zero_grad()
    made.refresh()
    assert made.loss(ids, weights, LENGTHS).item() < before


def test_an_adapter_comes_back_from_its_file(
    reference: LlamaForCausalLM, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _, adapter = network(reference)
    with torch.no_grad():
        adapter.rows.add_(1.0)
    path = tmp_path_factory.mktemp("adapter") / "adapter.safetensors"
    save_adapter(adapter, path)
    read = load_adapter(path, PIECES, CPU)
    assert sorted(read.names) == sorted(adapter.names)
    assert torch.equal(read.rows, adapter.rows)
    name = adapter.names[0]
    assert torch.allclose(read.factors(name)[0], adapter.factors(name)[0], rtol=0.01)

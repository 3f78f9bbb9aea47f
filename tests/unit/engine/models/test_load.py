"""Loading for real: a small random model with grouped heads, in NF4, and everything that can go wrong on the way."""

import logging
import shutil
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.errors import ErrorCode, ErrorReport, LacunaError
from engine.messages import LoadModel, Progress, PromptFormat
from engine.models import network as network_module
from engine.models.device import Gpu, Machine
from engine.models.load import LoadedModel, load_model
from engine.models.network import LlamaNetwork
from engine.models.processor import Processor
from tests.model_folders import SHAPE, tensor_dims, write_folder


@pytest.fixture(scope="module")
def random_folder(tmp_path_factory: pytest.TempPathFactory, starter_folder: Path) -> Path:
    """A sound folder with random weights, in two shards."""
    from transformers import LlamaConfig, LlamaForCausalLM

    folder = write_folder(tmp_path_factory.mktemp("models") / "Random-Instruct", starter_folder)
    (folder / "model.safetensors").unlink()
    torch.manual_seed(5)
    config = LlamaConfig(
        vocab_size=SHAPE.vocab_size,
        hidden_size=SHAPE.hidden_size,
        intermediate_size=SHAPE.intermediate_size,
        num_hidden_layers=SHAPE.layers,
        num_attention_heads=SHAPE.heads,
        num_key_value_heads=SHAPE.kv_heads,
        max_position_embeddings=SHAPE.max_positions,
        rope_parameters={"rope_type": "default", "rope_theta": SHAPE.rope.theta},
        initializer_range=0.2,
    )
    LlamaForCausalLM(config).save_pretrained(folder, max_shard_size="3MB")
    assert len(list(folder.glob("model-*.safetensors"))) > 1
    return folder


@pytest.fixture
def folder(random_folder: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(random_folder, tmp_path / "Random-Instruct"))


def load(folder: Path, **settings: object) -> tuple[list[Progress], LoadedModel]:
    told: list[Progress] = []
    loading = load_model(LoadModel("load", str(folder), device="cpu"), **settings)  # type: ignore[arg-type]
    try:
        while True:
            told.append(next(loading))
    except StopIteration as end:
        return told, end.value


def failure_of(folder: Path, **settings: object) -> ErrorReport:
    """The report alone; the exception and what it holds are let go."""
    try:
        load(folder, **settings)
    except LacunaError as error:
        return error.report
    raise AssertionError("it was loaded")


def test_random_model_with_grouped_heads_is_loaded_in_four_bits(random_folder: Path) -> None:
    told, model = load(random_folder)
    info = model.info
    assert (info.name, info.prompt_format, info.context_tokens) == ("Random-Instruct", PromptFormat.INST, 256)
    assert info.device == "cpu"
    assert info.device_reason
    assert info.tokenizer_hash == model.vocabulary.hash
    assert model.eos_ids == (2,)
    assert model.kv_budget_tokens > info.context_tokens
    in_16_bits = 2 * info.parameters
    tables = 2 * SHAPE.vocab_size * SHAPE.hidden_size
    assert tables * 2 < info.weights_bytes < in_16_bits * 2
    assert isinstance(model.network, LlamaNetwork)
    kinds = {type(module).__name__ for module in model.network.model.modules()}
    assert "Linear4bit" in kinds
    stages = list(dict.fromkeys(progress.stage for progress in told))
    assert stages[:2] == ["Checking the model folder", "Starting PyTorch"]
    assert stages[-2:] == ["Arranging the weights for this device", "Warming up"]


def test_matrices_are_nf4_with_double_quantization(random_folder: Path) -> None:
    from bitsandbytes.nn import Linear4bit

    _, model = load(random_folder)
    assert isinstance(model.network, LlamaNetwork)
    linears = [module for module in model.network.model.modules() if isinstance(module, Linear4bit)]
    assert len(linears) == 7 * SHAPE.layers
    for linear in linears:
        state = linear.weight.quant_state
        assert state.quant_type == "nf4"
        assert state.blocksize == 64
        assert state.nested or state.packing_format_for_cpu  # the packed form for AVX512-BF16 takes the nesting off
        assert str(linear.compute_dtype).removeprefix("torch.") == model.info.compute_dtype


def test_nothing_is_printed_or_logged_while_loading(
    random_folder: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        load(random_folder)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_grouped_heads_in_chunks_equal_one_forward_in_float32(random_folder: Path) -> None:
    from transformers import LlamaForCausalLM

    network = LlamaNetwork(LlamaForCausalLM.from_pretrained(random_folder, dtype=torch.float32).eval())
    ids = [int(id_) for id_ in torch.randint(300, 4000, (100,), generator=torch.Generator().manual_seed(1))]
    with torch.inference_mode():
        expected = network.model(torch.tensor([ids])).logits[0, -1]
    cache = network.new_cache()
    network.forward(ids[:40], cache)
    network.forward([7, 8, 9], cache)
    cache.truncate(33)
    assert cache.tokens == 33
    network.forward(ids[33:64], cache)
    logits = network.forward(ids[64:], cache)
    assert float((logits - expected).abs().max()) < 1e-4
    assert cache.tokens == 100


def test_processor_without_bf16_computes_in_float32_what_the_unpacked_weights_would(
    random_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit
    from transformers import LlamaForCausalLM

    monkeypatch.setattr("bitsandbytes.nn.modules.has_avx512bf16", lambda: False)
    plain = Machine(Processor("Core i7-12700", frozenset({"avx2"}), 1), 1 << 40, cuda_fault="no NVIDIA GPU was found")
    _, model = load(random_folder, probe=lambda: plain)
    assert model.info.compute_dtype == "float32"
    assert isinstance(model.network, LlamaNetwork)
    unpacked = LlamaForCausalLM.from_pretrained(random_folder, dtype=torch.float32).eval()
    for name, module in model.network.model.named_modules():
        if isinstance(module, Linear4bit):
            assert module.weight.quant_state.nested
            weights = dequantize_4bit(module.weight.data, module.weight.quant_state)
            unpacked.get_submodule(name).weight.data = weights.float()
    ids = [int(id_) for id_ in torch.randint(300, 4000, (60,), generator=torch.Generator().manual_seed(2))]
    with torch.inference_mode():
        expected = unpacked(torch.tensor([ids])).logits[0, -1]
    cache = model.network.new_cache()
    model.network.forward(ids[:32], cache)
    assert float((model.network.forward(ids[32:], cache) - expected).abs().max()) < 1e-4


def test_rope_of_the_config_reaches_the_network(folder: Path, starter_folder: Path) -> None:
    _, model = load(folder)
    assert isinstance(model.network, LlamaNetwork)
    assert model.network.model.config.rope_parameters["rope_theta"] == SHAPE.rope.theta


def test_other_files_of_a_hostile_folder_are_never_opened(folder: Path) -> None:
    traps = (
        "generation_config.json",
        "modeling_evil.py",
        "pytorch_model.bin",
        "chat_template.jinja",
        "sitecustomize.py",
    )
    for name in traps:
        (folder / name).write_bytes(b"\x80\x04cposix\nsystem\n")
    (folder / "custom_generate").mkdir()
    (folder / "custom_generate" / "generate.py").write_text("raise SystemExit")
    opened: list[str] = []
    watching = True

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event == "open" and str(arguments[0]).startswith(str(folder)):
            opened.append(Path(str(arguments[0])).name)

    sys.addaudithook(watch)  # can't be taken away again, so it is switched off
    try:
        load(folder)
    finally:
        watching = False
    assert "config.json" in opened
    assert not set(opened) & {*traps, "generate.py"}


def test_weights_that_are_not_numbers_are_refused(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    for path in folder.glob("model-*.safetensors"):
        tensors = load_file(path)
        if "model.norm.weight" in tensors:
            tensors["model.norm.weight"][:] = float("nan")
        save_file(tensors, path, metadata={"format": "pt"})
    report = failure_of(folder)
    assert report.code is ErrorCode.MODEL_INVALID
    assert "not numbers" in report.sentence


def test_model_larger_than_the_free_memory_is_refused_before_it_is_read(
    random_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_nothing(*arguments: object) -> None:
        raise AssertionError("the weights were read")

    monkeypatch.setattr(network_module, "read_network", read_nothing)
    full = Machine(Processor("small", frozenset(), 1), free_bytes=100_000, cuda_fault="no NVIDIA GPU was found")
    report = failure_of(random_folder, probe=lambda: full)
    assert report.code is ErrorCode.OUT_OF_MEMORY
    assert "Random-Instruct" in report.sentence
    assert report.next_step


def test_memory_running_out_while_reading_frees_what_was_read_and_the_next_load_works(
    random_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ballast:
        pass

    kept: list[weakref.ref[Ballast]] = []

    def run_out(*arguments: object) -> None:
        ballast = Ballast()
        kept.append(weakref.ref(ballast))
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    with monkeypatch.context() as patch:
        patch.setattr(network_module, "read_network", run_out)
        report = failure_of(random_folder)
    assert report.code is ErrorCode.OUT_OF_MEMORY
    assert "OutOfMemoryError" in report.detail
    assert kept[0]() is None
    assert load(random_folder)[1].info.name == "Random-Instruct"


def test_what_the_libraries_refuse_is_told_in_a_sentence(random_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise ValueError("a tensor is odd\nand more")

    monkeypatch.setattr(network_module, "read_network", refuse)
    report = failure_of(random_folder)
    assert report.code is ErrorCode.MODEL_INVALID
    assert report.sentence == "The model could not be loaded: a tensor is odd."


def test_closed_load_stops_reading_and_the_next_one_works(random_folder: Path) -> None:
    loading = load_model(LoadModel("load", str(random_folder), device="cpu"))
    for progress in loading:
        if progress.stage.startswith(("Starting transformers", "Reading")):
            break
    loading.close()
    assert load(random_folder)[1].info.name == "Random-Instruct"


def test_gpu_that_is_asked_for_and_not_there_is_refused(random_folder: Path) -> None:
    none = Machine(Processor("x", frozenset(), 1), 1 << 40, (), "no NVIDIA GPU was found")
    loading = load_model(LoadModel("load", str(random_folder), device="cuda"), lambda: none)
    with pytest.raises(LacunaError, match="No GPU can be used") as caught:
        list(loading)
    assert caught.value.report.code is ErrorCode.UNSUPPORTED


def test_memory_of_the_gpu_is_what_counts_on_a_gpu(random_folder: Path) -> None:
    tiny = Gpu(0, "Tiny GPU", (9, 0), True, 10, free_bytes=1000)
    machine = Machine(Processor("x", frozenset(), 1), 1 << 40, (tiny,))
    loading = load_model(LoadModel("load", str(random_folder), device="cuda"), lambda: machine)
    with pytest.raises(LacunaError, match="Tiny GPU") as caught:
        list(loading)
    assert caught.value.report.code is ErrorCode.OUT_OF_MEMORY


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """Loading sets the number of threads for its model; other tests keep theirs."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_tensor_names_of_these_tests_are_those_of_transformers(random_folder: Path) -> None:
    from transformers import LlamaForCausalLM

    model = LlamaForCausalLM.from_pretrained(random_folder)
    assert {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()} == tensor_dims()

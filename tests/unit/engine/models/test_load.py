"""Loading for real: a small random model with grouped heads, in NF4, and everything that can go wrong on the way."""

import dataclasses
import json
import logging
import re
import shutil
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.errors import ErrorCode, ErrorReport, LacunaError
from engine.generate.build import build_network
from engine.messages.jobs import Progress
from engine.messages.machine import LoadModel
from engine.messages.prompts import PromptFormat
from engine.models import reading as reading_module
from engine.models.catalogue import CHECKPOINTS
from engine.models.inspection import inspect_folder
from engine.models.load import LoadedModel, load_model
from engine.models.load_plan import plan_load
from engine.models.nf4_cache import list_copies
from tests.gguf_files import arrays_of, write_gguf
from tests.machines import MODERN, gpu, machine
from tests.model_folders import SHAPE, tensor_dims, write_folder, write_random_weights
from tests.networks import finish


@pytest.fixture
def folder(random_folder: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(random_folder, tmp_path / "Random-Instruct"))


def load(folder: Path, **settings: object) -> tuple[list[Progress], LoadedModel]:
    told: list[Progress] = []
    loading = load_model(LoadModel("load", str(folder), device="cpu"), build_network, **settings)  # type: ignore[arg-type]
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
    stages = list(dict.fromkeys(progress.stage for progress in told))
    assert stages[:2] == ["Checking the model folder", "Starting PyTorch"]
    assert stages[-2:] == ["Arranging the weights for this device", "Warming up"]


def test_plan_and_reality_stand_side_by_side_in_the_log_and_differ_little(
    tmp_path: Path, starter_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    middle = dataclasses.replace(
        SHAPE, hidden_size=512, intermediate_size=1408, layers=6, heads=8, kv_heads=4, head_dim=64
    )
    folder = write_folder(
        tmp_path / "middle",
        starter_folder,
        hidden_size=512,
        intermediate_size=1408,
        num_hidden_layers=6,
        num_attention_heads=8,
        num_key_value_heads=4,
    )
    (folder / "model.safetensors").unlink()
    write_random_weights(folder, middle)
    for path in (starter_folder, folder):
        with caplog.at_level(logging.INFO):
            _, model = load(path)
        assert model.plan is not None
        assert abs(model.info.weights_bytes / model.plan.weights_bytes - 1) < 0.1
        logged = next(record.getMessage() for record in caplog.records if "keys and values" in record.getMessage())
        planned = [float(figure) for figure in re.findall(r"([0-9.]+) GB planned,", logged)]
        taken = [float(figure) for figure in re.findall(r"([0-9.]+) GB taken", logged)]
        assert (len(planned), len(taken)) == (2, 2)  # weights, keys and values
        assert "GB planned and not measured" in logged  # work: a processor's allocator does not tell
        assert planned[0] == pytest.approx(model.plan.weights_bytes / 1e9, abs=5e-4)
        assert taken[0] == pytest.approx(model.info.weights_bytes / 1e9, abs=5e-4)
        assert taken[1] == pytest.approx(planned[1], rel=0.1, abs=1e-3)
        caplog.clear()


@pytest.mark.parametrize(("wanted", "context", "notes"), [(0, 256, 0), (100, 100, 0), (1000, 256, 1)])
def test_context_that_is_asked_for_is_kept_to_or_the_difference_told(
    random_folder: Path, wanted: int, context: int, notes: int
) -> None:
    request = LoadModel("load", str(random_folder), device="cpu", context_tokens=wanted, is_context_own=True)
    plan = plan_load(request, inspect_folder(random_folder), machine(MODERN))
    assert plan.memory.context_tokens == context
    assert len(plan.notes) == notes
    assert all("reads at most 256 tokens" in note for note in plan.notes)


def test_context_is_shortened_to_what_fits_and_longer_ones_are_warned_of(random_folder: Path) -> None:
    seven_b = next(one for one in CHECKPOINTS if one.id == "CodeLlama-7b-Instruct-hf")
    small = inspect_folder(random_folder)
    identity = dataclasses.replace(small.identity, checkpoint=seven_b)
    folder = dataclasses.replace(small, identity=identity, shape=seven_b.shape)
    card = machine(MODERN, gpu("RTX 3060", (8, 6), total_gib=11))
    shortened = plan_load(LoadModel("load", ""), folder, card)
    assert 8_000 < shortened.memory.context_tokens < 16_384
    assert f"shortened to {shortened.memory.context_tokens:,} tokens" in shortened.notes[0]
    long = plan_load(LoadModel("load", "", context_tokens=40_000), folder, machine(MODERN, gpu()))
    assert long.memory.context_tokens == 40_000
    assert "Beyond the 16,384 tokens" in long.notes[0]


def test_copy_of_a_folder_is_kept_where_the_request_says_and_not_for_the_starter(
    random_folder: Path, starter_folder: Path, tmp_path: Path
) -> None:
    for path, is_starter, copies in ((starter_folder, True, 0), (random_folder, False, 1)):
        request = LoadModel("load", str(path), "cpu", is_starter, cache_folder=str(tmp_path / "cache"))
        finish(load_model(request, build_network))
        assert len(list_copies(tmp_path / "cache")) == copies


def test_nothing_is_printed_or_logged_while_loading(
    random_folder: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        load(random_folder)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_rope_of_the_config_reaches_the_network(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["rope_theta"] = config.get("rope_parameters", config)["rope_theta"] * 7
    config.pop("rope_parameters", None)
    before = load(folder)[1].network
    (folder / "config.json").write_text(json.dumps(config))
    after = load(folder)[1].network
    ids = list(range(300, 340))
    assert not torch.equal(after.read(ids, after.new_cache()), before.read(ids, before.new_cache()))


def test_other_files_of_a_hostile_folder_are_never_opened(folder: Path) -> None:
    traps = ("modeling_evil.py", "pytorch_model.bin", "sitecustomize.py")
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

    monkeypatch.setattr(reading_module, "read_model", read_nothing)
    report = failure_of(random_folder, probe=lambda: machine(MODERN, memory_gib=0.1))
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
        patch.setattr(reading_module, "read_model", run_out)
        report = failure_of(random_folder)
    assert report.code is ErrorCode.OUT_OF_MEMORY
    assert "OutOfMemoryError" in report.detail
    assert kept[0]() is None
    assert load(random_folder)[1].info.name == "Random-Instruct"


def test_what_the_libraries_refuse_is_told_in_a_sentence(random_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise ValueError("a tensor is odd\nand more")

    monkeypatch.setattr(reading_module, "read_model", refuse)
    report = failure_of(random_folder)
    assert report.code is ErrorCode.MODEL_INVALID
    assert report.sentence == "The model could not be loaded: a tensor is odd."


def test_closed_load_stops_reading_and_the_next_one_works(random_folder: Path) -> None:
    loading = load_model(LoadModel("load", str(random_folder), device="cpu"), build_network)
    for progress in loading:
        if progress.stage.startswith(("Starting transformers", "Reading")):
            break
    loading.close()
    assert load(random_folder)[1].info.name == "Random-Instruct"


def test_gpu_that_is_asked_for_and_not_there_is_refused(random_folder: Path) -> None:
    loading = load_model(LoadModel("load", str(random_folder), device="cuda"), build_network, machine)
    with pytest.raises(LacunaError, match="No GPU can be used") as caught:
        list(loading)
    assert caught.value.report.code is ErrorCode.UNSUPPORTED


def test_memory_of_the_gpu_is_what_counts_on_a_gpu(random_folder: Path) -> None:
    tiny = machine(MODERN, gpu("Tiny GPU", total_gib=0.1))
    loading = load_model(LoadModel("load", str(random_folder), device="cuda"), build_network, lambda: tiny)
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


def test_a_gguf_file_is_loaded_as_the_folder_it_was_made_of(
    random_folder: Path, tmp_path: Path, starter_folder: Path
) -> None:
    shape, tokenizer = inspect_folder(random_folder).shape, starter_folder / "tokenizer.model"
    path = write_gguf(tmp_path / "Random-Instruct.gguf", arrays_of(random_folder), tokenizer, shape, "BF16")
    _, folder = load(random_folder)
    _, file = load(path)
    assert file.info.folder == file.info.tokenizer_path == str(path)
    assert (file.info.name, file.info.parameters) == (folder.info.name, folder.info.parameters)
    ids = [file.vocabulary.bos, *file.vocabulary.encode("def f(x):")]
    both = [model.network.read(ids, model.network.new_cache()) for model in (folder, file)]
    assert torch.equal(*both)

"""Model folders on disk: found, told apart, and what is wrong with each said in a sentence."""

from pathlib import Path

import numpy as np
import pytest

from app.models.facts import folder_facts
from app.models.folders import find_folders, find_models, folder_bytes, look_at
from app.models.removal import of_copy, of_download, of_folder
from engine.errors import ErrorCode
from engine.model_plans import DownloadStage, DownloadState
from engine.models.downloads import Download, RemoteFile, looks, write_download
from engine.models.nf4_cache import Nf4Copy, list_copies, open_writer
from tests.gguf_files import write_gguf
from tests.model_folders import SHAPE, tensor_dims, write_folder


def spoil_config(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def spoil_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def spoil_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.model").unlink()


def test_sound_folder_is_found_with_shape_and_size(tmp_path: Path, starter_folder: Path) -> None:
    folder = write_folder(tmp_path / "mine", starter_folder)
    found = look_at(folder)
    assert found.fault is None
    assert found.shape is not None
    assert found.checkpoint is None
    assert found.size_bytes == sum(path.stat().st_size for path in folder.iterdir())


@pytest.mark.parametrize("spoil", [spoil_config, spoil_weights, spoil_tokenizer])
def test_each_fault_has_its_sentence(tmp_path: Path, starter_folder: Path, spoil: object) -> None:
    folder = write_folder(tmp_path / "mine", starter_folder)
    spoil(folder)  # type: ignore[operator]
    fault = look_at(folder).fault
    assert fault is not None
    assert fault.sentence
    assert fault.next_step


def test_lacunas_folders_come_first_and_an_added_one_that_is_gone_says_so(tmp_path: Path, starter_folder: Path) -> None:
    models = tmp_path / "models"
    write_folder(models / "b", starter_folder)
    write_folder(models / "a", starter_folder)
    (models / "a file").write_text("no model")
    added = str(tmp_path / "gone")
    found = find_folders(models, (added, str(models / "a"), added))
    assert [folder.path for folder in found] == [models / "a", models / "b", Path(added)]
    assert [folder.is_added for folder in found] == [False, False, True]
    gone = found[-1].fault
    assert gone is not None
    assert gone.code is ErrorCode.MODEL_MISSING


def test_without_a_folder_of_models_only_added_ones_are_found(tmp_path: Path) -> None:
    assert find_folders(tmp_path / "nowhere", ()) == ()


def test_links_and_what_lies_deeper_count_nothing(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(1000))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "small").write_bytes(bytes(10))
    (folder / "link").symlink_to(tmp_path / "big")
    (folder / "loop").symlink_to(folder)
    (folder / "below").mkdir()
    (folder / "below" / "more").write_bytes(bytes(100))
    assert folder_bytes(folder) == 10


def test_only_what_a_download_brought_is_said_to_be_deleted(tmp_path: Path, starter_folder: Path) -> None:
    folder = write_folder(tmp_path / "CodeLlama-7b-hf", starter_folder)
    weights, config = folder / "model.safetensors", folder / "config.json"
    files = tuple(RemoteFile(path.name, path.stat().st_size, None) for path in (weights, config))
    mine, brought = looks(config, is_ours=False), looks(weights, is_ours=True)
    assert mine is not None
    assert brought is not None
    checked = {config.name: mine, weights.name: brought}
    write_download(Download(folder, "codellama/CodeLlama-7b-hf", "main", "a" * 40, files, checked))
    found = look_at(folder)
    assert found.repo_id == "codellama/CodeLlama-7b-hf"
    assert found.own_bytes == weights.stat().st_size < found.size_bytes
    title, sentences, button = of_folder(found)
    assert "Delete" in title
    assert button == "Delete"
    assert str(folder) in sentences[0]
    assert f"{found.own_bytes:,} bytes" in sentences[0]


def test_added_folder_only_leaves_the_list(tmp_path: Path, starter_folder: Path) -> None:
    found = look_at(write_folder(tmp_path / "mine", starter_folder), is_added=True)
    _, sentences, button = of_folder(found)
    assert "stays as it is" in sentences[0]
    assert "Delete" not in button


def test_cancelling_a_download_says_how_much_is_thrown_away() -> None:
    state = DownloadState("o/name", DownloadStage.PAUSED, 3_000_000_000, 5_000_000_000, folder="/models/name")
    title, sentences, _ = of_download(state)
    assert "name" in title
    assert "3.0 GB" in sentences[0]
    assert "/models/name" in sentences[0]


def write_copy(cache: Path, folder: Path) -> Nf4Copy:
    """A 4-bit copy of a folder's weights, as far as the list of copies looks."""
    with open_writer(cache, folder.name) as writer:
        assert writer is not None
        (writer.folder / "weights").write_bytes(bytes(5000))
        writer.commit("c" * 64, [folder / "model.safetensors"])
    return list_copies(cache)[0]


def test_4_bit_copy_is_found_with_its_folder_and_left_over_without_it(tmp_path: Path, starter_folder: Path) -> None:
    models, cache = tmp_path / "models", tmp_path / "cache"
    folder = write_folder(models / "mine", starter_folder)
    copy = write_copy(cache, folder)
    found = find_models(models, (), cache)
    assert (found.folders[0].copy, found.left_over) == (copy, ())
    folder.rename(tmp_path / "elsewhere")
    found = find_models(models, (), cache)
    assert (found.folders, found.left_over) == ((), (copy,))


def test_removing_tells_of_the_4_bit_copy_that_goes_too(tmp_path: Path, starter_folder: Path) -> None:
    folder = write_folder(tmp_path / "mine", starter_folder)
    copy = write_copy(tmp_path / "cache", folder)
    found = find_models(tmp_path / "models", (str(folder),), tmp_path / "cache").folders[0]
    for words in (of_folder(found), of_copy(copy)):
        assert f"{copy.size_bytes:,} bytes" in " ".join(words[1])
        assert str(copy.folder) in " ".join(words[1])


def test_a_gguf_file_is_a_model_like_a_folder(tmp_path: Path, starter_folder: Path) -> None:
    path = write_small_gguf(tmp_path / "mine.Q4_0.gguf", starter_folder, "Q4_0")
    (found,) = find_folders(tmp_path / "none", (str(path),))
    assert found.fault is None
    assert (found.name, found.is_added, found.size_bytes) == ("mine.Q4_0", True, path.stat().st_size)
    assert found.shape is not None
    assert found.shape.parameters == SHAPE.parameters
    facts = dict(folder_facts(found))
    assert facts["File"] == str(path)
    assert "quantized before (Q4_0)" in facts["Weights"]


def test_a_damaged_gguf_file_says_so(tmp_path: Path, starter_folder: Path) -> None:
    path = write_small_gguf(tmp_path / "mine.gguf", starter_folder, "F16")
    path.write_bytes(path.read_bytes()[:-64])
    fault = look_at(path).fault
    assert fault is not None
    assert "cut short" in fault.sentence


def test_the_copy_of_a_gguf_file_belongs_to_it(tmp_path: Path, starter_folder: Path) -> None:
    path, cache = write_small_gguf(tmp_path / "mine.gguf", starter_folder, "F16"), tmp_path / "cache"
    with open_writer(cache, "mine") as writer:
        assert writer is not None
        writer.commit("0123", (path,))
    found = find_models(tmp_path / "none", (str(path),), cache)
    assert [folder.copy.key for folder in found.folders if folder.copy] == ["0123"]
    assert found.left_over == ()


def write_small_gguf(path: Path, starter: Path, packing: str) -> Path:
    weights = {name: np.zeros(dims, np.float32) for name, dims in tensor_dims().items()}
    return write_gguf(path, weights, starter / "tokenizer.model", packing=packing)

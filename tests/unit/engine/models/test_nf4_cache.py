"""The cache of 4-bit copies as its owner sees it: listed, found, adopted, removed, whatever lies in its folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models.nf4_cache import (
    CopyWriter,
    adopt_copy,
    find_copy,
    hash_files,
    list_copies,
    may_be_known,
    open_writer,
    remove_copy,
)


@pytest.fixture
def weights(tmp_path: Path) -> list[Path]:
    return write_weights(tmp_path / "model", b"one", b"two")


def write_weights(folder: Path, *contents: bytes) -> list[Path]:
    folder.mkdir()
    paths = [folder / f"{number}.safetensors" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


def make_copy(cache: Path, weights: list[Path], name: str = "Model") -> str:
    key = hash_files(weights, lambda done: None)
    with open_writer(cache, name) as writer:
        assert isinstance(writer, CopyWriter)
        (writer.folder / "model-00001-of-00001.safetensors").write_bytes(b"4 bits")
        writer.commit(key, weights)
    return key


def test_copy_is_listed_with_name_size_source_and_time(tmp_path: Path, weights: list[Path]) -> None:
    key = make_copy(tmp_path / "cache", weights)
    (copy,) = list_copies(tmp_path / "cache")
    assert (copy.key, copy.name, copy.size_bytes, copy.source) == (key, "Model", 6, str(weights[0].parent))
    assert copy.used_s > 1e9
    assert find_copy(tmp_path / "cache", weights) == copy


def test_copy_is_not_found_once_its_originals_changed(tmp_path: Path, weights: list[Path]) -> None:
    make_copy(tmp_path / "cache", weights)
    os.utime(weights[1], ns=(0, 0))
    assert find_copy(tmp_path / "cache", weights) is None
    assert may_be_known(tmp_path / "cache", weights)  # the bytes may still be the same
    weights[1].write_bytes(b"longer")
    assert not may_be_known(tmp_path / "cache", weights)


def test_adopted_copy_is_found_by_its_new_files(tmp_path: Path, weights: list[Path]) -> None:
    cache = tmp_path / "cache"
    key = make_copy(cache, weights)
    moved = write_weights(tmp_path / "elsewhere", b"one", b"two")
    assert find_copy(cache, moved) is None
    adopted = adopt_copy(cache, key, moved)
    assert adopted is not None
    assert find_copy(cache, moved) == adopted
    assert adopted.name == "Model"
    assert adopt_copy(cache, "0" * 64, moved) is None


def test_hash_tells_contents_and_their_borders_do_not_matter_to_time(tmp_path: Path) -> None:
    told: list[int] = []
    first = hash_files(write_weights(tmp_path / "a", b"one", b"two"), told.append)
    assert told == [3, 6]
    assert first == hash_files(write_weights(tmp_path / "b", b"one", b"two"), told.append)
    assert first != hash_files(write_weights(tmp_path / "c", b"one", b"twO"), told.append)


def test_removed_copy_is_gone_and_what_is_no_copy_stays(tmp_path: Path, weights: list[Path]) -> None:
    cache = tmp_path / "cache"
    key = make_copy(cache, weights)
    (cache / "notes").mkdir()
    (tmp_path / "precious").mkdir()
    for wrong in ("notes", "../precious", "..", ".", "", "nothing", str(tmp_path / "precious")):
        remove_copy(cache, wrong)
    assert (cache / "notes").is_dir()
    assert (tmp_path / "precious").is_dir()
    remove_copy(cache, key)
    assert list_copies(cache) == ()
    assert not (cache / key).exists()
    remove_copy(cache, key)


def test_other_versions_are_listed_and_not_found(tmp_path: Path, weights: list[Path]) -> None:
    cache = tmp_path / "cache"
    key = make_copy(cache, weights)
    manifest = cache / key / "lacuna.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"version": 99}))
    assert [copy.version for copy in list_copies(cache)] == [99]
    assert find_copy(cache, weights) is None
    assert not may_be_known(cache, weights)
    remove_copy(cache, key)
    assert list_copies(cache) == ()


def test_what_a_killed_process_left_is_not_listed_and_goes_with_the_next_copy(
    tmp_path: Path, weights: list[Path]
) -> None:
    cache = tmp_path / "cache"
    left = cache / "unfinished-abc"
    left.mkdir(parents=True)
    (left / "model-00001-of-00001.safetensors").write_bytes(b"half")
    assert list_copies(cache) == ()
    make_copy(cache, weights)
    assert not left.exists()


def test_copy_that_is_not_committed_leaves_nothing(tmp_path: Path) -> None:
    with open_writer(tmp_path / "cache", "Model") as writer:
        assert writer is not None
        (writer.folder / "file").write_bytes(b"half")
    assert [entry.name for entry in (tmp_path / "cache").iterdir()] == ["lock"]


def test_missing_cache_is_empty(tmp_path: Path) -> None:
    assert list_copies(tmp_path / "nowhere") == ()


@given(content=st.binary(max_size=60) | st.sampled_from([b"[]", b"{}", b'{"version": {}}', b"[" * 99_999]))
def test_any_manifest_is_read_or_passed_over(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    cache = tmp_path_factory.mktemp("cache")
    (cache / "copy").mkdir()
    (cache / "copy" / "lacuna.json").write_bytes(content)
    assert list_copies(cache) == ()


def test_listing_needs_no_torch() -> None:
    check = "import sys, engine.models.nf4_cache, engine.models.device; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0

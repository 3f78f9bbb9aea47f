"""What is said of an archive that lacks something, or holds what it must not."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT


@pytest.fixture
def check() -> ModuleType:
    """The script, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("check_archives", Path(ROOT, "packaging", "check_archives.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sound_wheel(check: ModuleType) -> dict[str, int]:
    names = (*check.IN_WHEEL, f"lacuna/{check.KERNELS}", "lacuna/resources/starter/model/model.safetensors")
    return dict.fromkeys(names, 1)


def test_sound_wheel_and_sdist_are_passed(check: ModuleType) -> None:
    assert check.wheel_faults(sound_wheel(check), has_kernels=True) == []
    sdist = dict.fromkeys((*check.IN_SDIST, "resources/starter/model/model.safetensors"), 1)
    assert check.sdist_faults(sdist) == []


@pytest.mark.parametrize(
    "name",
    [
        "app/command_line.py",  # a name that is not ours alone
        "engine/__init__.py",
        "lacuna/app/bench/run.py",
        "lacuna/resources/starter/train.py",
        "lacuna/resources/starter/lessons/lists.py",
        "lacuna/resources/starter/adapter.safetensors",
        "lacuna/app/__pycache__/window.pyc",
        "tests/conftest.py",
    ],
)
def test_what_must_not_be_in_a_wheel_is_named(check: ModuleType, name: str) -> None:
    found = check.wheel_faults({**sound_wheel(check), name: 1}, has_kernels=True)
    assert found
    assert all(f"the wheel holds {name}" in fault for fault in found)


def test_what_an_archive_lacks_is_named(check: ModuleType) -> None:
    names = sound_wheel(check)
    del names["lacuna/engine/worker.py"], names[f"lacuna/{check.KERNELS}"]
    assert check.wheel_faults(names, has_kernels=True) == [
        "the wheel lacks lacuna/engine/worker.py",
        f"the wheel lacks lacuna/{check.KERNELS}",
    ]
    assert "the sdist lacks resources/starter/train.py" in check.sdist_faults({})
    assert "the sdist lacks the starter's weights" in check.sdist_faults({})

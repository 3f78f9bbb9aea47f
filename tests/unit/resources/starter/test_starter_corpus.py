"""What is held out stays held out: the hash split is stable, and near copies are seen."""

import hashlib

import pytest

from resources.starter.corpus import PACKAGES, Source, is_code, is_held_out, standard_library
from resources.starter.near_copies import HeldOutLines

LINES = [f"    value_{number} = compute(value_{number - 1}, {number})" for number in range(60)]


@pytest.fixture(scope="module")
def parts() -> tuple[list[Source], list[Source]]:
    """The standard library, trained on and held out."""
    return standard_library()


def test_split_is_that_of_the_first_recipe(parts: tuple[list[Source], list[Source]]) -> None:
    paths = {source.path for source in parts[1]}
    assert 15 <= len(paths) <= 40
    assert all(is_held_out(path) for path in paths)
    assert is_held_out("wave.py") == (int(hashlib.sha256(b"wave.py").hexdigest(), 16) % 20 == 0)


def test_nothing_is_in_both_parts(parts: tuple[list[Source], list[Source]]) -> None:
    trained, held_out = parts
    assert not {source.path for source in trained} & {source.path for source in held_out}
    assert all(source.text.strip() for source in trained)


def test_a_copy_is_recognised_whatever_its_indentation() -> None:
    guard = HeldOutLines(["\n".join(LINES)])
    assert guard.is_near_copy("\n".join(line.strip() for line in LINES[:20]))
    assert guard.is_near_copy("\n".join([*LINES, *(f"unrelated_statement({n})" for n in range(900))]))
    assert not guard.is_near_copy("\n".join(f"unrelated_statement({n})" for n in range(50)))
    assert not guard.is_near_copy("")


def test_tables_are_not_code() -> None:
    assert is_code("def f(x):\n    return x\n")
    assert not is_code("")
    assert not is_code("TABLE = [\n" + "    0x1f, 0x2e, 0x3d, 1234567890,\n" * 50 + "]\n")
    assert not is_code("x = '" + "a" * 5000 + "'\n")


def test_every_package_has_a_permissive_licence() -> None:
    permissive = {"BSD-3-Clause", "BSD-2-Clause", "MIT", "Apache-2.0", "Apache-2.0 OR BSD-2-Clause"}
    assert {licence for _, licence, _ in PACKAGES.values()} <= permissive

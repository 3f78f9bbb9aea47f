"""A project's path never leads out of it."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.documents.paths import resolve_below
from engine.errors import LacunaError


@pytest.mark.parametrize("relative", ["", "../x", "a/../../b", "/etc/passwd", "a\0b", ".git/config", "sub/.git/hooks"])
def test_resolve_when_it_leaves_the_project_refuses(tmp_path: Path, relative: str) -> None:
    with pytest.raises(LacunaError, match="not a file inside the project"):
        resolve_below(str(tmp_path), relative)


def test_resolve_when_a_link_leads_out_refuses(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "way").symlink_to(outside)
    with pytest.raises(LacunaError):
        resolve_below(str(root), "way/secret.txt")


def test_resolve_when_a_link_leads_into_git_refuses(tmp_path: Path) -> None:
    (tmp_path / "sub" / ".git").mkdir(parents=True)
    (tmp_path / "link").symlink_to("sub/.git")
    (tmp_path / "config").symlink_to("link/config")
    for relative in ("link/config", "link", "config"):
        with pytest.raises(LacunaError, match="not a file inside the project"):
            resolve_below(str(tmp_path), relative)


def test_resolve_when_root_is_a_link_follows_it(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert resolve_below(str(tmp_path / "link"), "a.py") == str(tmp_path / "real" / "a.py")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["a", "..", ".", "", "~", "é", "..."]), min_size=1).map("/".join))
def test_resolve_is_always_below_the_root(tmp_path: Path, relative: str) -> None:
    try:
        real = resolve_below(str(tmp_path), relative)
    except LacunaError:
        return
    root = os.path.realpath(tmp_path)
    assert os.path.commonpath((root, real)) == root

"""Desktop file, icons and metainfo: one id everywhere, and valid where the validators are present."""

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app import __version__
from app.host.identity import APP_ID, APP_NAME

ROOT = Path(__file__).resolve().parents[3]
LINUX = ROOT / "packaging" / "linux"
DESKTOP = LINUX / f"{APP_ID}.desktop"
METAINFO = LINUX / f"{APP_ID}.metainfo.xml"


@pytest.fixture
def desktop() -> ConfigParser:
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DESKTOP, encoding="utf-8")
    return parser


def test_every_file_carries_the_one_id() -> None:
    assert {path.name.removeprefix(APP_ID) for path in LINUX.iterdir()} == {
        ".desktop",
        ".metainfo.xml",
        ".svg",
        "-symbolic.svg",
    }


def test_desktop_entry_starts_the_command_and_names_the_icon_and_window(desktop: ConfigParser) -> None:
    entry = desktop["Desktop Entry"]
    assert entry["Icon"] == APP_ID
    assert entry["StartupWMClass"] == entry["Name"] == APP_NAME
    assert entry["Exec"] == "lacuna open %F"
    assert "inode/directory" in entry["MimeType"]


def test_metainfo_names_the_same_program_and_has_this_version() -> None:
    root = ElementTree.parse(METAINFO).getroot()
    assert root.findtext("id") == APP_ID
    assert root.findtext("launchable") == DESKTOP.name
    assert root.findtext("name") == APP_NAME
    assert root.findtext("metadata_license") == "CC0-1.0"
    assert root.find("content_rating") is not None
    assert root.findall("screenshots/screenshot/image")
    first = root.findtext("description/p") or ""
    assert len(" ".join(first.split())) >= 80
    release = root.find("releases/release")
    assert release is not None
    assert release.get("version") == __version__


@pytest.mark.parametrize("name", [f"{APP_ID}.svg", f"{APP_ID}-symbolic.svg"])
def test_icons_are_square_drawings_without_anything_from_outside(name: str) -> None:
    source = (LINUX / name).read_text()
    root = ElementTree.fromstring(source)
    assert root.tag.endswith("svg")
    assert root.get("width") == root.get("height")
    assert not re.search(r"href|<image|<script|<style", source)


def test_window_and_desktop_show_the_same_icon() -> None:
    assert (ROOT / "resources" / "desktop" / "lacuna.svg").read_bytes() == (LINUX / f"{APP_ID}.svg").read_bytes()


@pytest.mark.parametrize(
    ("validator", "arguments", "path"),
    [
        ("desktop-file-validate", [], DESKTOP),
        ("appstreamcli", ["validate", "--no-net"], METAINFO),
    ],
)
def test_validator_finds_no_fault(validator: str, arguments: list[str], path: Path) -> None:
    if shutil.which(validator) is None:
        pytest.skip(f"{validator} is not installed: {path.name} was not validated")
    result = subprocess.run([validator, *arguments, str(path)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr

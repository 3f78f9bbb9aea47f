"""Checks the built archives: every required file is in them, and no forbidden one. Argument: their folder."""

import sys
import tarfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from engine.kernels.compile import LIBRARY, find_compiler

KERNELS = f"engine/kernels/{LIBRARY}"
APP_ID = "io.github.lacuna.Lacuna"
IN_WHEEL = (
    "app/command_line.py",
    "engine/worker.py",
    "engine/kernels/library.c",
    "ui/theme/colours.py",
    "resources/starter/model/config.json",
    "resources/starter/model/tokenizer.model",
    "resources/starter/train.py",
    "resources/desktop/lacuna.svg",
    "resources/icons/gap.svg",
    f"share/applications/{APP_ID}.desktop",
    f"share/icons/hicolor/scalable/apps/{APP_ID}.svg",
    f"share/metainfo/{APP_ID}.metainfo.xml",
)
IN_SDIST = (
    "pyproject.toml",
    "setup.py",
    "engine/kernels/nf4.h",
    "Makefile",
    "LICENSE",
    "README.md",
    "THIRD_PARTY.md",
    "docs/code-llama.md",
    "packaging/system-libraries.txt",
    f"packaging/linux/{APP_ID}.desktop",
    "tests/conftest.py",
    *(name for name in IN_WHEEL if not name.startswith("share/")),
)
MAX_FILE_BYTES = 14_000_000  # limit on the starter's weights, so that any repository host accepts them


def wheel_names(path: Path) -> dict[str, int]:
    """Sizes by name; files installed outside the packages are named by their place below the prefix."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename.split(".data/data/")[-1]: info.file_size for info in archive.infolist()}


def sdist_names(path: Path) -> dict[str, int]:
    """Sizes by name, below the archive's single folder."""
    with tarfile.open(path) as archive:
        return {member.name.partition("/")[2]: member.size for member in archive.getmembers() if member.isfile()}


def faults(kind: str, names: dict[str, int], wanted: tuple[str, ...]) -> list[str]:
    """A sentence for each fault of an archive."""
    found = [f"{kind} lacks {name}" for name in wanted if name not in names]
    if not any(name.startswith("resources/starter/model/") and name.endswith(".safetensors") for name in names):
        found.append(f"{kind} lacks the starter's weights")
    found += [f"{kind} holds {name}" for name in names if "__pycache__" in name or name.endswith(".pyc")]
    found += [f"{kind} holds {name} of {size} bytes" for name, size in names.items() if size > MAX_FILE_BYTES]
    if kind == "the sdist":
        found += [f"{kind} holds {name}" for name in names if name.endswith(".so")]
    if kind == "the wheel":
        found += [f"{kind} holds {name}" for name in names if name.startswith(("tests/", "packaging/"))]
    return found


def main(folder: Path) -> int:
    """Print the faults to standard error; returns 1 if there are any, else 0."""
    (wheel,), (sdist,) = list(folder.glob("*.whl")), list(folder.glob("*.tar.gz"))
    in_wheel = IN_WHEEL + ((KERNELS,) if find_compiler() else ())
    found = faults("the wheel", wheel_names(wheel), in_wheel) + faults("the sdist", sdist_names(sdist), IN_SDIST)
    if wheel.name.endswith("-any.whl"):
        found.append("the wheel is not marked for this kind of machine")
    for fault in found:
        sys.stderr.write(f"lacuna package: {fault}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

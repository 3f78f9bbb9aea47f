"""Checks the built archives: every required file is in them, and no forbidden one. Argument: their folder."""

import sys
import tarfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from engine.kernels.compile import LIBRARY, find_compiler

APP_ID = "io.github.lacuna.Lacuna"
KERNELS = f"engine/kernels/{LIBRARY}"
PROGRAM = (  # in the wheel below its one folder, lacuna/
    "app/command_line.py",
    "engine/worker.py",
    "engine/kernels/library.c",
    "engine/kernels/nf4.h",
    "ui/theme/colours.py",
    "resources/starter/README.md",
    "resources/starter/model/config.json",
    "resources/starter/model/tokenizer.model",
    "resources/desktop/lacuna.svg",
    "resources/fonts/OFL.txt",
    "resources/icons/gap.svg",
)
IN_WHEEL = (
    "lacuna/__init__.py",
    "lacuna/__main__.py",
    *(f"lacuna/{name}" for name in PROGRAM),
    f"share/applications/{APP_ID}.desktop",
    f"share/icons/hicolor/scalable/apps/{APP_ID}.svg",
    f"share/metainfo/{APP_ID}.metainfo.xml",
)
# What the program does without, and names that other distributions may use: outside lacuna/ nothing is importable.
NOT_IN_WHEEL = ("lacuna/app/bench/", "lacuna/tests/", "lacuna/packaging/")
STARTER = "lacuna/resources/starter/"
SHIPPED = (f"{STARTER}README.md", f"{STARTER}model/")  # of the starter; the rest is what builds and trains it
ONLY_IN_WHEEL = ("lacuna/", "share/", "lacuna-")  # the last is the distribution's own record
IN_SDIST = (
    "pyproject.toml",
    "setup.py",
    "Makefile",
    "LICENSE",
    "README.md",
    "THIRD_PARTY.md",
    "docs/code-llama.md",
    "lacuna/__init__.py",
    *PROGRAM,
    "app/bench/run.py",
    "resources/starter/train.py",
    "packaging/system-libraries.txt",
    f"packaging/linux/{APP_ID}.desktop",
    "tests/conftest.py",
)
MAX_FILE_BYTES = 60_000_000  # the starter's embedding in 16 bits


def wheel_names(path: Path) -> dict[str, int]:
    """Sizes by name; files installed outside the packages are named by their place below the prefix."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename.split(".data/data/")[-1]: info.file_size for info in archive.infolist()}


def sdist_names(path: Path) -> dict[str, int]:
    """Sizes by name, below the archive's single folder."""
    with tarfile.open(path) as archive:
        return {member.name.partition("/")[2]: member.size for member in archive.getmembers() if member.isfile()}


def wheel_faults(names: dict[str, int], *, has_kernels: bool) -> list[str]:
    """A sentence for each thing that is wrong with a wheel of these files and sizes."""
    wanted = (*IN_WHEEL, f"lacuna/{KERNELS}") if has_kernels else IN_WHEEL
    found = _faults("the wheel", "lacuna/", names, wanted)
    found += [f"the wheel holds {name}" for name in names if name.startswith(NOT_IN_WHEEL)]
    found += [f"the wheel holds {name}" for name in names if not name.startswith(ONLY_IN_WHEEL)]
    return found + [
        f"the wheel holds {name}" for name in names if name.startswith(STARTER) and not name.startswith(SHIPPED)
    ]


def sdist_faults(names: dict[str, int]) -> list[str]:
    """The same for an sdist."""
    found = _faults("the sdist", "", names, IN_SDIST)
    return found + [f"the sdist holds {name}" for name in names if name.endswith(".so")]


def _faults(kind: str, root: str, names: dict[str, int], wanted: tuple[str, ...]) -> list[str]:
    found = [f"{kind} lacks {name}" for name in wanted if name not in names]
    if not any(name.startswith(f"{root}resources/starter/model/") and name.endswith(".safetensors") for name in names):
        found.append(f"{kind} lacks the starter's weights")
    found += [f"{kind} holds {name}" for name in names if "__pycache__" in name or name.endswith(".pyc")]
    return found + [f"{kind} holds {name} of {size} bytes" for name, size in names.items() if size > MAX_FILE_BYTES]


def main(folder: Path) -> int:
    """Print the faults to standard error; returns 1 if there are any, else 0."""
    (wheel,), (sdist,) = list(folder.glob("*.whl")), list(folder.glob("*.tar.gz"))
    found = wheel_faults(wheel_names(wheel), has_kernels=bool(find_compiler()))
    found += sdist_faults(sdist_names(sdist))
    if wheel.name.endswith("-any.whl"):
        found.append("the wheel is not marked for this kind of machine")
    for fault in found:
        sys.stderr.write(f"lacuna package: {fault}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

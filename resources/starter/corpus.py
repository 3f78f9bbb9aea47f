"""The training text: the standard library and permissively licensed packages; a hash decides what is held out."""

import hashlib
import importlib.metadata
import json
import platform
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from resources.starter.near_copies import HeldOutLines

# Generated tables and vendored code (whose licences differ) teach nothing about Python.
TABLES = ("pydoc_data", "encodings", "cjkencodings", "decimaltestdata", "builtins")
SKIPPED_FOLDERS = frozenset((*TABLES, "site-packages", "__pycache__", "_vendor", "lib-rt"))
MINOR_FOLDERS = frozenset(
    ("test", "tests", "testing", "testutils", "idlelib", "lib2to3", "turtledemo", "idle_test", "benchmarks")
)
MINOR_WEIGHT = 0.3
LARGEST_FILE = 250_000

# Import name: (distribution, licence, weight). The held-out files are the standard library's, so it weighs most.
PACKAGES: dict[str, tuple[str, str, float]] = {
    "torch": ("torch", "BSD-3-Clause", 0.10),
    "transformers": ("transformers", "Apache-2.0", 0.05),
    "accelerate": ("accelerate", "Apache-2.0", 0.3),
    "bitsandbytes": ("bitsandbytes", "MIT", 0.3),
    "huggingface_hub": ("huggingface_hub", "Apache-2.0", 0.4),
    "tokenizers": ("tokenizers", "Apache-2.0", 0.3),
    "safetensors": ("safetensors", "Apache-2.0", 0.3),
    "sympy": ("sympy", "BSD-3-Clause", 0.10),
    "mpmath": ("mpmath", "BSD-3-Clause", 0.2),
    "networkx": ("networkx", "BSD-3-Clause", 0.3),
    "numpy": ("numpy", "BSD-3-Clause", 0.3),
    "jinja2": ("Jinja2", "BSD-3-Clause", 0.5),
    "pygments": ("Pygments", "BSD-2-Clause", 0.15),
    "fsspec": ("fsspec", "BSD-3-Clause", 0.5),
    "filelock": ("filelock", "MIT", 0.5),
    "packaging": ("packaging", "Apache-2.0 OR BSD-2-Clause", 0.5),
    "setuptools": ("setuptools", "MIT", 0.6),
    "psutil": ("psutil", "BSD-3-Clause", 0.5),
    "yaml": ("PyYAML", "MIT", 0.5),
    "click": ("click", "BSD-3-Clause", 0.5),
    "rich": ("rich", "MIT", 0.5),
    "typer": ("typer", "MIT", 0.3),
    "anyio": ("anyio", "MIT", 0.6),
    "httpx2": ("httpx2", "BSD-3-Clause", 0.5),
    "httpcore2": ("httpcore2", "BSD-3-Clause", 0.5),
    "h11": ("h11", "MIT", 0.5),
    "markdown_it": ("markdown-it-py", "MIT", 0.3),
    "_pytest": ("pytest", "MIT", 0.5),
    "mypy": ("mypy", "MIT", 0.4),
}


@dataclass(frozen=True)
class Source:
    """One file: the package it belongs to, its path there, its text and how much it counts in sampling."""

    package: str
    path: str
    text: str
    weight: float


@dataclass(frozen=True)
class Corpus:
    """What is trained on, what is held out, and what was left out as a near copy of a held-out file."""

    trained: tuple[Source, ...]
    held_out: tuple[Source, ...]
    near_copies: tuple[str, ...]


def is_held_out(relative: str) -> bool:
    """Whether the hash of a standard library path puts it into the twentieth that is kept apart."""
    return int(hashlib.sha256(relative.encode()).hexdigest(), 16) % 20 == 0


def is_code(text: str) -> bool:
    """Whether a file is program text rather than a table: not huge, few digits, no very long lines."""
    if not text.strip() or len(text) > LARGEST_FILE:
        return False
    digits = sum(character.isdigit() for character in text)
    return digits < 0.2 * len(text) and len(text) < 120 * (text.count("\n") + 1)


def package_files(root: Path, package: str, weight: float) -> Iterator[Source]:
    """The usable files below a folder, in path order, with LF line ends."""
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root)
        if SKIPPED_FOLDERS & set(relative.parts) or relative.name.startswith("_sysconfigdata"):
            continue
        if any(part.startswith("config-") for part in relative.parts):
            continue
        text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
        if is_code(text):
            minor = bool(MINOR_FOLDERS & set(relative.parts))
            yield Source(package, relative.as_posix(), text, weight * (MINOR_WEIGHT if minor else 1.0))


def standard_library() -> tuple[list[Source], list[Source]]:
    """The standard library's files: trained on, and held out (tests are in neither when the hash holds them out)."""
    trained: list[Source] = []
    held_out: list[Source] = []
    for source in package_files(Path(sysconfig.get_paths()["stdlib"]), "python", 1.0):
        if not is_held_out(source.path):
            trained.append(source)
        elif source.weight == 1.0:
            held_out.append(source)
    return trained, held_out


def load_corpus(with_packages: bool = True) -> Corpus:
    """Reads everything and drops whatever shares much with a held-out file."""
    candidates, held_out = standard_library()
    site = Path(sysconfig.get_paths()["purelib"])
    for name, (_, _, weight) in PACKAGES.items() if with_packages else ():
        candidates.extend(package_files(site / name, name, weight))
    guard = HeldOutLines([source.text for source in held_out])
    trained = tuple(source for source in candidates if not guard.is_near_copy(source.text))
    kept = {(source.package, source.path) for source in trained}
    dropped = (f"{s.package}/{s.path}" for s in candidates if (s.package, s.path) not in kept)
    return Corpus(trained, tuple(held_out), tuple(dropped))


def source_hashes(corpus: Corpus) -> str:
    """A JSON record of what the corpus is: versions, licences, counts and one hash over each package's files."""
    record: dict[str, object] = {}
    for part, sources in (("trained", corpus.trained), ("held_out", corpus.held_out)):
        packages: dict[str, object] = {}
        for name in dict.fromkeys(source.package for source in sources):
            packages[name] = _package_record(name, [source for source in sources if source.package == name])
        record[part] = packages
    record["held_out_files"] = [source.path for source in corpus.held_out]
    record["near_copies_left_out"] = list(corpus.near_copies)
    return json.dumps(record, indent=1)


def _package_record(name: str, sources: list[Source]) -> dict[str, object]:
    digest = hashlib.sha256()
    for source in sources:
        digest.update(f"{source.path}\0{hashlib.sha256(source.text.encode()).hexdigest()}\n".encode())
    if name == "python":
        version, licence = platform.python_version(), "PSF-2.0"
    else:
        distribution, licence, _ = PACKAGES[name]
        version = importlib.metadata.version(distribution)
    characters = sum(len(source.text) for source in sources)
    return {
        "version": version,
        "licence": licence,
        "files": len(sources),
        "characters": characters,
        "sha256": digest.hexdigest(),
    }

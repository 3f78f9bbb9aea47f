"""The cache of quantized copies: lists, finds, adds and removes them.

A copy is a folder named after the SHA-256 of the original weights. It is found without hashing by path, size, time and
inode of the originals, and by its name if these were moved. No torch, since the window lists and removes copies too.
nf4_copy.py reads and writes the files in a copy.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.disk import held, replace_file, sync
from engine.regular_files import read_regular

VERSION = 2  # of a copy's layout; others are listed and can be removed, but not read
_MANIFEST = "lacuna.json"
_UNFINISHED = "unfinished-"
_MAX_MANIFEST_BYTES = 1 << 20
_CHUNK_BYTES = 4 << 20

OnBytes = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A weight file's path, size, time and inode."""

    name: str
    size_bytes: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Nf4Copy:
    """One copy. `source` is the folder or GGUF file it was made from.

    `used_s` is when it was last read (seconds since the epoch).
    """

    key: str
    folder: Path
    name: str
    source: str
    size_bytes: int
    used_s: float
    version: int
    source_files: tuple[SourceFile, ...]


def list_copies(cache: Path) -> tuple[Nf4Copy, ...]:
    """All copies below a cache folder, the last used first; what is no copy is passed over."""
    try:
        folders = [entry for entry in cache.iterdir() if not entry.name.startswith(_UNFINISHED)]
    except OSError:
        return ()
    copies = [copy for folder in folders if (copy := _read_manifest(folder)) is not None]
    return tuple(sorted(copies, key=lambda copy: -copy.used_s))


def find_copy(cache: Path, paths: Sequence[Path]) -> Nf4Copy | None:
    """The copy of these weight files, by what the file system says of them: milliseconds."""
    source, files = source_of(paths), describe_files(paths)
    for copy in list_copies(cache):
        if (copy.source, copy.source_files, copy.version) == (source, files, VERSION):
            return copy
    return None


def source_of(paths: Sequence[Path]) -> str:
    """What weight files are the weights of: a folder, or the one file itself where it holds a whole model."""
    is_folder = len(paths) > 1 or paths[0].suffix == ".safetensors"
    return os.fspath((paths[0].parent if is_folder else paths[0]).resolve())


def may_be_known(cache: Path, paths: Sequence[Path]) -> bool:
    """Whether hashing these files could lead to a copy: one was made from files of the same names and sizes."""
    sizes = [(file.name, file.size_bytes) for file in describe_files(paths)]
    return any(
        copy.version == VERSION and [(file.name, file.size_bytes) for file in copy.source_files] == sizes
        for copy in list_copies(cache)
    )


def adopt_copy(cache: Path, key: str, paths: Sequence[Path]) -> Nf4Copy | None:
    """The copy of that name, from now on found by these files; None if there is none that can be read."""
    copy = next((copy for copy in list_copies(cache) if copy.key == key and copy.version == VERSION), None)
    if copy is not None:
        with contextlib.suppress(OSError):  # then it is found by its bytes the next time, too
            _write_manifest(copy.folder, copy.name, paths, copy.size_bytes)
        return _read_manifest(copy.folder)
    return None


def mark_used(copy: Nf4Copy) -> None:
    """Note that a copy was read just now; if that cannot be written, it only looks older than it is."""
    with contextlib.suppress(OSError):
        os.utime(copy.folder / _MANIFEST)


def remove_copy(cache: Path, key: str) -> None:
    """Remove a copy; none of that name is no fault. A model that was loaded from it stays loaded. Raises OSError."""
    folder = cache / key
    if key != folder.name or _read_manifest(folder) is None:
        return
    doomed = cache / f"{_UNFINISHED}{key}-{os.getpid()}"
    folder.rename(doomed)
    shutil.rmtree(doomed)


def describe_files(paths: Sequence[Path]) -> tuple[SourceFile, ...]:
    """What the file system says of files. Raises OSError."""
    found = [(path.name, path.stat()) for path in paths]
    return tuple(SourceFile(name, stat.st_size, stat.st_mtime_ns, stat.st_ino) for name, stat in found)


def hash_files(paths: Sequence[Path], on_bytes: OnBytes) -> str:
    """The key of weights: SHA-256 over all files in order. `on_bytes(read so far)` may raise to stop."""
    digest, done = hashlib.sha256(), 0
    buffer = memoryview(bytearray(_CHUNK_BYTES))
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while read := file.readinto(buffer):
                digest.update(buffer[:read])
                done += read
                on_bytes(done)
    return digest.hexdigest()


class CopyWriter:
    """An unfinished copy, in a folder that is not listed as one. Attribute: `folder`, for its files."""

    def __init__(self, cache: Path, folder: Path, name: str) -> None:
        self._cache = cache
        self._name = name
        self.folder = folder

    def commit(self, key: str, paths: Sequence[Path]) -> None:
        """Make it the copy of these weight files, atomically and durably, in place of an older one. Raises OSError."""
        size_bytes = sum(entry.stat().st_size for entry in self.folder.iterdir())
        _write_manifest(self.folder, self._name, paths, size_bytes)
        sync(self.folder)
        source = source_of(paths)
        for old in list_copies(self._cache):
            if old.key == key or old.source == source:
                remove_copy(self._cache, old.key)
        self.folder.rename(self._cache / key)
        sync(self._cache)


@contextlib.contextmanager
def open_writer(cache: Path, name: str) -> Iterator[CopyWriter | None]:
    """Room for a new copy, gone afterwards unless it was committed; None while another process makes one.

    What a killed process left behind is removed first. Raises OSError.
    """
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    with held(cache / "lock") as is_ours:
        if not is_ours:
            yield None
            return
        for left in cache.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=cache))
        try:
            yield CopyWriter(cache, folder, name)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def free_bytes(cache: Path) -> int:
    """Free bytes on the disk of a cache folder, which need not exist yet."""
    existing = next(folder for folder in (cache, *cache.parents) if folder.exists())
    return shutil.disk_usage(existing).free


def _write_manifest(folder: Path, name: str, paths: Sequence[Path], size_bytes: int) -> None:
    manifest = {
        "version": VERSION,
        "name": name,
        "source": source_of(paths),
        "size_bytes": size_bytes,
        "source_files": [asdict(file) for file in describe_files(paths)],
    }
    data = json.dumps(manifest).encode("ascii")  # a path that is not UTF-8 stands in it as \udcXX
    replace_file(str(folder / _MANIFEST), data)


def _read_manifest(folder: Path) -> Nf4Copy | None:
    path = folder / _MANIFEST
    try:
        manifest = json.loads(read_regular(path, _MAX_MANIFEST_BYTES))
        return Nf4Copy(
            key=folder.name,
            folder=folder,
            name=str(manifest["name"]),
            source=str(manifest["source"]),
            size_bytes=int(manifest["size_bytes"]),
            used_s=path.stat().st_mtime,
            version=int(manifest["version"]),
            source_files=tuple(_source_file(entry) for entry in manifest["source_files"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _source_file(entry: Mapping[str, object]) -> SourceFile:
    return SourceFile(str(entry["name"]), *(int(str(entry[name])) for name in ("size_bytes", "mtime_ns", "inode")))

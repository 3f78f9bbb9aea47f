"""Whether a file on disk is the one that the hub states, by size and hash."""

import hashlib
from collections.abc import Generator
from pathlib import Path

from engine.models.remote import RemoteFile

_BLOCK_BYTES = 8 << 20


def check(path: Path, file: RemoteFile) -> Generator[int, None, bool]:
    """Yields the bytes hashed so far, returns whether the file is right. OSError where it can't be read.

    Files that the hub keeps in git have git's hash: SHA-1 over a header with the size, and the content.
    """
    if path.stat().st_size != file.size_bytes:
        return False
    if file.sha256 is not None:
        digest, stated = hashlib.sha256(), file.sha256
    else:
        digest, stated = hashlib.sha1(b"blob %d\0" % file.size_bytes, usedforsecurity=False), file.git_id or ""
    hashed = 0
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
            hashed += len(block)
            yield hashed
    return digest.hexdigest() == stated


def put_aside(path: Path, file: RemoteFile) -> None:
    """Make room for the right file. Weights go; what a person may have edited stays beside it under another name."""
    if file.name.endswith(".safetensors"):
        path.unlink()
    else:
        path.replace(path.with_name(path.name + ".old"))

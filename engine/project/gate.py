"""The one gate that every file passes before any of it reaches a model: text of a sensible size, and no secret."""

import re
from dataclasses import dataclass

from engine.project.descent import Descent
from engine.project.entries import FoundFile, LeftOut
from engine.project.secret_signs import secret_by_name, secret_in
from engine.text_files import NotTextError, decode, readable

MAX_BYTES = 1_000_000
MAX_FORCED_BYTES = 16_000_000
MAX_LINE_CHARACTERS = 5_000
MAX_MEAN_LINE_CHARACTERS = 500

_MINIFIED_NAME = re.compile(r"(?i)[.-]min\.(?:js|css|mjs)$|\.(?:js|css|mjs)\.map$")
_LOCK_NAMES = frozenset(
    {
        *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "deno.lock"),
        *("poetry.lock", "uv.lock", "pdm.lock", "pipfile.lock", "cargo.lock", "gemfile.lock", "composer.lock"),
        *("go.sum", "mix.lock", "pubspec.lock", "podfile.lock", "flake.lock", "packages.lock.json", "gradle.lockfile"),
    }
)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A file's text as it stands on disk, decoded, without a byte order mark."""

    text: str


def judge(descent: Descent, file: FoundFile) -> Admitted | LeftOut:
    """Read a file and let it in, or say why not. What its name and size already tell costs no reading.

    What the person forced is still refused where it cannot be text at all.
    """
    limit_bytes = MAX_FORCED_BYTES if file.forced else MAX_BYTES
    reason = "" if file.forced else _reason_by_name(file)
    if file.size_bytes > limit_bytes:
        reason = f"too large: {megabytes(file.size_bytes)}"
        return LeftOut(file.path, file.size_bytes, reason, can_force=file.size_bytes <= MAX_FORCED_BYTES)
    if reason:
        return LeftOut(file.path, file.size_bytes, reason, can_force=True)
    try:
        content = descent.read(file.path, limit_bytes + 1)
    except OSError as error:
        return LeftOut(file.path, file.size_bytes, f"unreadable: {(error.strerror or str(error)).lower()}")
    if len(content) > limit_bytes:
        return LeftOut(file.path, file.size_bytes, f"too large: more than {megabytes(limit_bytes)}")
    return _judge_content(file, content)


def _reason_by_name(file: FoundFile) -> str:
    name = file.path.rpartition("/")[2]
    if secret_by_name(name):
        return "may hold secrets, by its name"
    if name.lower() in _LOCK_NAMES:
        return "a lock file"
    return "minified, by its name" if _MINIFIED_NAME.search(name) else ""


def _judge_content(file: FoundFile, content: bytes) -> Admitted | LeftOut:
    if not content:
        return LeftOut(file.path, file.size_bytes, "empty")
    try:
        text = readable(decode(content)[0])
    except NotTextError:
        return LeftOut(file.path, file.size_bytes, "binary")
    if not file.forced and (reason := reason_by_text(text)):
        return LeftOut(file.path, file.size_bytes, reason, can_force=True)
    return Admitted(text)


def reason_by_text(text: str) -> str:
    """Why a decoded text should stay out: minified, or seems to hold a secret; empty where it may come in."""
    lines = text.splitlines()
    longest = max(map(len, lines), default=0)
    if longest > MAX_LINE_CHARACTERS:
        return f"minified: a line of {longest:,} characters"
    if len(text) > MAX_LINE_CHARACTERS and len(text) > MAX_MEAN_LINE_CHARACTERS * len(lines):
        return f"minified: {len(text) // len(lines):,} characters a line"
    secret = secret_in(text)
    return f"may hold {secret}" if secret else ""


def megabytes(size_bytes: int) -> str:
    """A size in words, in the decimal megabytes that file managers show."""
    return f"{size_bytes / 1e6:,.1f} MB"

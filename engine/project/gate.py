"""The gate between files and the model: only text of a sensible size without secrets passes."""

import re
from dataclasses import dataclass, replace

from engine.project.descent import Descent
from engine.project.entries import FoundFile, LeftOut
from engine.project.long_lines import cut_long_lines, is_minified, longest_line, without_packed_data
from engine.project.notebook import SUFFIX as NOTEBOOK
from engine.project.notebook import cells_of
from engine.project.secrets.finding import find_secret
from engine.project.secrets.names import is_public_pem, secret_by_name
from engine.text_files import NotTextError, decode, readable

MAX_BYTES = 1_000_000
MAX_FORCED_BYTES = 16_000_000

_LFS_POINTER = "version https://git-lfs.github.com/spec/v1\n"
_MAX_POINTER_BYTES = 1024  # the format's own limit
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
    """A file's decoded text for a model, without byte order mark. `note` says which parts are left out."""

    text: str
    note: str = ""


def judge(descent: Descent, file: FoundFile) -> Admitted | LeftOut:
    """Read a file and let it pass, or say why not. Its name and size are judged before it is read.

    A file that the person included is still refused if it cannot be text at all.
    """
    limit_bytes = MAX_FORCED_BYTES if file.forced or _is_notebook(file) else MAX_BYTES
    if file.size_bytes > limit_bytes:
        return _left_out(
            file, f"too large: {megabytes(file.size_bytes)}", can_force=file.size_bytes <= MAX_FORCED_BYTES
        )
    if not file.forced and (by_name := _judge_name(file)) is not None:
        return by_name
    try:
        content = descent.read(file.path, limit_bytes + 1)
    except OSError as error:
        return _left_out(file, f"unreadable: {(error.strerror or str(error)).lower()}", can_force=False)
    if len(content) > limit_bytes:
        return _left_out(file, f"too large: more than {megabytes(limit_bytes)}", can_force=False)
    if not content:
        return _left_out(file, "empty", can_force=False)
    try:
        text = readable(decode(content)[0])
    except NotTextError:
        return _left_out(file, "binary", can_force=False)
    cells = cells_of(text) if _is_notebook(file) else None
    text, note = (text, "") if cells is None else (cells, "a notebook's cells, without pictures")
    return Admitted(text, note) if file.forced else _judge_text(file, text, note)


def _judge_name(file: FoundFile) -> LeftOut | None:
    name = file.path.rpartition("/")[2]
    if secret_by_name(file.path) and not name.lower().endswith(".pem"):
        return _secret_by_name(file)
    if name.lower() in _LOCK_NAMES:
        return _left_out(file, "a lock file")
    return _left_out(file, "minified, by its name") if _MINIFIED_NAME.search(name) else None


def _secret_by_name(file: FoundFile) -> LeftOut:
    return replace(_left_out(file, "may hold secrets, by its name"), may_be_secret=True)


def _judge_text(file: FoundFile, text: str, note: str) -> Admitted | LeftOut:
    """Judge a text by its content; overlong lines are cut."""
    if text.startswith(_LFS_POINTER) and file.size_bytes <= _MAX_POINTER_BYTES:
        return _left_out(file, "a Git LFS pointer: the file that it stands for was not fetched")
    if secret_by_name(file.path) and not is_public_pem(file.path, text):
        return _secret_by_name(file)
    bare = without_packed_data(text)
    if is_minified(bare):
        return _left_out(file, f"minified: a line of {longest_line(bare):,} characters")
    cut, lines_cut = cut_long_lines(bare)
    if len(cut) > MAX_BYTES:
        return _left_out(file, f"too large: {megabytes(len(cut))} of text")
    if (found := find_secret(text, file.path)) is not None:
        return replace(_left_out(file, f"may hold {found.words}"), may_be_secret=True)
    notes = [note] if note else []
    if bare is not text:
        notes.append("data of pictures cut")
    if lines_cut:
        notes.append(f"{lines_cut:,} long line{'s' if lines_cut > 1 else ''} cut")
    return Admitted(cut, "; ".join(notes))


def _left_out(file: FoundFile, reason: str, *, can_force: bool = True) -> LeftOut:
    return LeftOut(file.path, file.size_bytes, reason, can_force)


def _is_notebook(file: FoundFile) -> bool:
    return file.path.lower().endswith(NOTEBOOK)


def megabytes(size_bytes: int) -> str:
    """A size in words, in the decimal megabytes that file managers show."""
    return f"{size_bytes / 1e6:,.1f} MB"

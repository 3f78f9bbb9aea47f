"""How fast a project is counted, and counted again after an edit: `python -m tests.bench.token_rows [TOKENIZER]`.

The project is the Python standard library's sources, 10 MB in distinct files. Each reading is that of a fresh reader,
so nothing is remembered but by the system's page cache. Counts are compared with one call per file: they must be equal.
"""

import json
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.messages import Event, FileRow, FilesRead, ReadProject, RefreshProject, Request, UseTokenizer
from engine.project.decoding import decode
from engine.project.service import ReaderService
from engine.prompts.text import normalise_line_ends
from engine.tokens.vocabulary import Vocabulary
from tests.conftest import GOLDEN, STARTER

_PROJECT_BYTES = 10_000_000
_READINGS = 3
_EDITS = 15
_MOST_FILE_BYTES = 1_000_000  # what the gate lets in


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result: `ours` and `other` in `unit`, less is better; `ratio` is other / ours."""

    row: str
    model: str
    unit: str
    ours: float
    other: float
    other_name: str
    ratio: float
    goal: str
    met: bool
    note: str


def measure(tokenizer: Path) -> Iterator[Row]:
    """The rows that issue 7 asks of counting. Raises ValueError where a count is not exact."""
    with tempfile.TemporaryDirectory(prefix="lacuna-bench-") as name:
        root = Path(name)
        written = _write_project(root)
        readings = [_read(tokenizer, root) for _ in range(_READINGS)]
        _, rows, service = readings[-1]
        call_s = _check(tokenizer, root, rows)
        tokens = sum(row.tokens or 0 for row in rows)
        note = f"{written / 1e6:.1f} MB, {len(rows)} files, {tokens:,} tokens, nothing remembered; exact"
        ours_s = statistics.median(seconds for seconds, _, _ in readings)
        yield _row("count", tokenizer, "s", ours_s, call_s, 2.0, note)
        for what, row in (("middling", _by_size(rows)[len(rows) // 2]), ("large", _by_size(rows)[-len(rows) // 20])):
            ours_ms, other_ms = _edit(service, tokenizer, root, row)
            note = f"a {what} file of {row.size_bytes / 1e3:.0f} kB edited in {len(rows)} files; exact"
            yield _row(f"recount {what}", tokenizer, "ms", ours_ms, other_ms, 20.0, note)


def _row(name: str, tokenizer: Path, unit: str, ours: float, other: float, goal: float, note: str) -> Row:
    model = (
        f"{tokenizer.parent.parent.name}/{tokenizer.name}" if tokenizer.name == "tokenizer.model" else tokenizer.name
    )
    other_name = "one sentencepiece call per file"
    return Row(name, model, unit, ours, other, other_name, other / ours, f"<= {goal:g} {unit}", ours <= goal, note)


def _write_project(root: Path) -> int:
    """Write the project; returns its bytes. Files that come a second time differ in their first line."""
    library = Path(sysconfig.get_path("stdlib"))
    sources = [path for path in sorted(library.rglob("*.py")) if "site-packages" not in path.parts]
    sources = [path for path in sources if 0 < path.stat().st_size <= _MOST_FILE_BYTES]
    written = turn = 0
    while True:
        for path in sources:
            content = path.read_bytes() if not turn else f"# copy {turn}\n".encode() + path.read_bytes()
            target = root / f"copy{turn}" / path.relative_to(library)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            written += len(content)
            if written >= _PROJECT_BYTES:
                return written
        turn += 1


def _read(tokenizer: Path, root: Path) -> tuple[float, list[FileRow], ReaderService]:
    service = ReaderService()
    _run(service, UseTokenizer("tokenizer", str(tokenizer)))
    start_s = time.perf_counter()
    events = _run(service, ReadProject("read", str(root)))
    return time.perf_counter() - start_s, _rows_of(events), service


def _edit(service: ReaderService, tokenizer: Path, root: Path, row: FileRow) -> tuple[float, float]:
    """Medians in ms: a line changed in the middle of a file, which the reader then counts again; one plain call."""
    path = root / row.path
    before = path.read_bytes()
    lines = before.splitlines(keepends=True)
    ours_ms, other_ms = [], []
    vocabulary = Vocabulary.open(tokenizer)
    for number in range(_EDITS):
        lines[len(lines) // 2] = f"edited_{number} = {number}\n".encode()
        path.write_bytes(b"".join(lines))
        start_s = time.perf_counter()
        (edited,) = _rows_of(_run(service, RefreshProject("refresh")))
        ours_ms.append((time.perf_counter() - start_s) * 1000)
        start_s = time.perf_counter()
        tokens = len(vocabulary.encode(_text_of(path)))
        other_ms.append((time.perf_counter() - start_s) * 1000)
        if edited.tokens != tokens:
            raise ValueError(f"{row.path}: {edited.tokens} tokens after an edit, not {tokens}")
    path.write_bytes(before)
    _run(service, RefreshProject("refresh"))
    return statistics.median(ours_ms), statistics.median(other_ms)


def _check(tokenizer: Path, root: Path, rows: Sequence[FileRow]) -> float:
    """Seconds of counting each file in one call, without reading it. Raises ValueError where a count differs."""
    vocabulary = Vocabulary.open(tokenizer)
    total_s = 0.0
    for row in rows:
        text = _text_of(root / row.path)
        start_s = time.perf_counter()
        tokens = len(vocabulary.encode(text))
        total_s += time.perf_counter() - start_s
        if tokens != row.tokens:
            raise ValueError(f"{row.path}: {row.tokens} tokens, not {tokens}")
    return total_s


def _text_of(path: Path) -> str:
    text = decode(path.read_bytes())
    if text is None:
        raise ValueError(f"{path} is not text")
    return normalise_line_ends(text)


def _by_size(rows: Sequence[FileRow]) -> list[FileRow]:
    return sorted(rows, key=lambda row: row.size_bytes)


def _rows_of(events: Sequence[Event]) -> list[FileRow]:
    return [row for event in events if isinstance(event, FilesRead) for row in event.rows if row.included]


def _run(service: ReaderService, request: Request) -> list[Event]:
    return list(service.handlers()[type(request)](request))


def main(argv: Sequence[str]) -> int:
    """Measure with the tokenizer named, else Llama's from the golden data, else the starter's; 0 always."""
    golden = GOLDEN / "llama2.model"
    tokenizer = Path(argv[0]) if argv else golden if golden.is_file() else STARTER / "tokenizer.model"
    for row in measure(tokenizer):
        sys.stdout.write(json.dumps(asdict(row)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

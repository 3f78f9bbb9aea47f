"""How fast a project's tokens are counted, and counted again after an edit.

The project is 10 MB of distinct files, sources of the Python standard library. Each reading uses a fresh reader, so
only the system's page cache is warm. Counts must equal those of one tokenizer call per file.
"""

import statistics
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.bench.row import Row, less_is_better
from engine.messages.jobs import Event, Request
from engine.messages.project import FileRow, FilesRead, ReadProject, RefreshProject, UseTokenizer
from engine.project.service import ReaderService
from engine.prompts.text import normalise_line_ends
from engine.text_files import decode, readable
from engine.tokens.vocabulary import Vocabulary

_PROJECT_BYTES = 10_000_000
_COUNT_LIMIT_S, _RECOUNT_LIMIT_MS = 2.0, 20.0
_READINGS = 3
_EDITS = 15
_MOST_FILE_BYTES = 1_000_000  # the gate's limit


def token_rows(tokenizer: Path, model: str) -> Iterator[Row]:
    """Rows on counting and recounting, beside their goals. Raises ValueError if a count is not exact."""
    with tempfile.TemporaryDirectory(prefix="lacuna-bench-") as name:
        root = Path(name)
        written = _write_project(root)
        readings = [_read(tokenizer, root) for _ in range(_READINGS)]
        _, rows, service = readings[-1]
        ours_s = statistics.median(seconds for seconds, _, _ in readings)
        call_s = _check(tokenizer, root, rows)
        tokens = sum(row.tokens or 0 for row in rows)
        note = (
            f"{written / 1e6:.1f} MB, {len(rows)} files, {tokens:,} tokens, nothing remembered, exact; "
            f"encoding alone in one call a file: {call_s:.2f} s"
        )
        yield less_is_better("count", model, "s", ours_s, _COUNT_LIMIT_S, "limit", 1.0, note)
        by_size = sorted(rows, key=lambda row: row.size_bytes)
        for row in (by_size[len(by_size) // 2], by_size[-len(by_size) // 20]):
            ours_ms, call_ms = _edit(service, tokenizer, root, row)
            note = (
                f"a line of {row.size_bytes / 1e3:.0f} kB edited in {len(rows)} files, exact; "
                f"encoding it in one call: {call_ms:.1f} ms"
            )
            yield less_is_better("recount", model, "ms", ours_ms, _RECOUNT_LIMIT_MS, "limit", 1.0, note)


def _write_project(root: Path) -> int:
    """Write the project; returns its size in bytes. Repeated files differ in their first line."""
    library = Path(sysconfig.get_path("stdlib"))
    sources = [path for path in sorted(library.rglob("*.py")) if "site-packages" not in path.parts]
    sources = [path for path in sources if 0 < path.stat().st_size <= _MOST_FILE_BYTES]
    written = turn = 0
    known: set[bytes] = set()
    while True:
        for path in sources:
            content = path.read_bytes() if not turn else f"# copy {turn}\n".encode() + path.read_bytes()
            if content in known:
                continue
            known.add(content)
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
    """Medians in ms: the reader's recount after a line in the middle of a file changed; one plain tokenizer call."""
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
    """Seconds of counting each file in one call, reading excluded. Raises ValueError if a count differs."""
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
    return normalise_line_ends(readable(decode(path.read_bytes())[0]))


def _rows_of(events: Sequence[Event]) -> list[FileRow]:
    return [row for event in events if isinstance(event, FilesRead) for row in event.rows if row.included]


def _run(service: ReaderService, request: Request) -> list[Event]:
    return list(service.handlers()[type(request)](request))

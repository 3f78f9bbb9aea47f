"""Inspects the model folders on its own thread: a disk may sleep, and a folder may hold anything.

A folder that does not answer in time is reported with that as its fault. The thread that waits for it is left alone,
and no other thread visits that folder meanwhile.
"""

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.models.folders import FolderFound, ModelsFound, does_not_answer, folders_of, look_at, with_copies
from engine.models.nf4_cache import Nf4Copy, list_copies

_LONGEST_S = 10.0
_POLL_MS = 20

Look = Callable[[Path, bool], FolderFound]


class FolderLooker(QObject):
    """Signal: looked(ModelsFound). Tests pass `look` and `longest_s` to imitate a slow folder.

    No signal crosses threads: the thread fills a `_Look`, and a timer polls whether it is done.
    """

    looked = Signal(object)

    def __init__(
        self,
        models: Path,
        cache: Path,
        parent: QObject | None = None,
        *,
        look: Look = lambda path, is_added: look_at(path, is_added=is_added),
        longest_s: float = _LONGEST_S,
    ) -> None:
        super().__init__(parent)
        self._models, self._cache, self._look, self._longest_s = models, cache, look, longest_s
        self._running: _Look | None = None
        self._next: tuple[str, ...] | None = None
        self._stuck: list[_Look] = []
        self._poll = QTimer(self, interval=_POLL_MS)
        self._poll.timeout.connect(self._on_poll)

    def start(self, added: Iterable[str]) -> None:
        """Inspect Lacuna's own folders and the added ones; if a round is running, after it."""
        self._next = tuple(added)
        if self._running is None:
            self._start_next()

    def _start_next(self) -> None:
        if self._next is None:
            self._poll.stop()
            return
        added, self._next = self._next, None
        self._stuck = [each for each in self._stuck if each.is_running]
        stuck = frozenset(each.at for each in self._stuck)
        self._running = _Look(self._models, self._cache, added, stuck, self._look)
        threading.Thread(target=self._running.run, name="model folders", daemon=True).start()
        self._poll.start()

    def _on_poll(self) -> None:
        look = self._running
        if look is None or (look.is_running and time.monotonic() - look.began_s < self._longest_s):
            return
        if look.is_running:
            self._stuck.append(look)
        self._running = None
        self.looked.emit(look.found())
        self._start_next()


class _Look:
    """One round through the folders, on a thread. `found` may be called at any time. Attribute: at, its position."""

    def __init__(self, models: Path, cache: Path, added: tuple[str, ...], stuck: frozenset[Path], look: Look) -> None:
        self._models, self._cache, self._added, self._stuck, self._look = models, cache, added, stuck, look
        self._copies: tuple[Nf4Copy, ...] = ()
        self._folders: tuple[tuple[Path, bool], ...] = ()
        self._found: dict[Path, FolderFound] = {}
        self.at = models
        self.began_s = time.monotonic()
        self.is_running = True

    def run(self) -> None:
        try:
            self._copies = list_copies(self._cache)
            self._folders = self._only_added() if self._models in self._stuck else folders_of(self._models, self._added)
            for path, is_added in self._folders:
                if path not in self._stuck:
                    self.at = path
                    self._found[path] = self._look(path, is_added)
        finally:
            self.is_running = False

    def found(self) -> ModelsFound:
        """The findings so far; each folder not reached yet says so as its fault."""
        folders = self._folders or self._only_added()
        found = dict(self._found)
        return with_copies(
            (found.get(path) or does_not_answer(path, is_added=is_added) for path, is_added in folders), self._copies
        )

    def _only_added(self) -> tuple[tuple[Path, bool], ...]:
        return tuple((Path(path), True) for path in dict.fromkeys(self._added))

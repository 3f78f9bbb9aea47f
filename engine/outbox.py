"""Sends messages into a pipe on a thread of its own, so that a reader that does not read holds nobody up.

A socket takes some hundred kilobytes ahead of its reader. A child that is stopped, or that waits for memory, reads
nothing, and a large request would then keep the window from drawing for as long as that lasts.
"""

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from engine.pipe import Pipe

Message = TypeVar("Message")


class Outbox(Generic[Message]):
    """Messages on their way, in the order in which they were posted; `post` and `close` never wait.

    `on_lost` is called on the sending thread with each message that cannot be delivered any more.
    """

    def __init__(self, pipe: Pipe, on_lost: Callable[[Message], None], name: str) -> None:
        self._pipe = pipe
        self._on_lost = on_lost
        self._waiting: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._send, name=name, daemon=True)
        self._thread.start()

    def post(self, message: Message) -> None:
        """Send a message after those that wait."""
        self._waiting.put(message)

    def close(self) -> None:
        """Send nothing that is posted after this. What is being sent goes on until the pipe is closed."""
        self._waiting.put(None)

    def join(self) -> None:
        """Wait for the thread's end, after `close` and with the pipe closed."""
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _send(self) -> None:
        while (message := self._waiting.get()) is not None:
            try:
                self._pipe.send(message)
            except OSError:
                self._on_lost(message)

"""Sends messages into a pipe from its own thread, so that a stalled reader blocks nobody.

A socket buffers a few hundred kilobytes. A child that is stopped or waits for memory reads nothing, and a large request
sent by the main thread would then freeze the window.
"""

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from engine.pipe import Pipe

Message = TypeVar("Message")


class Outbox(Generic[Message]):
    """A queue of messages, sent in the order of `post`. `post` and `close` never block.

    `on_lost` is called on the sending thread with each message that can no longer be delivered.
    """

    def __init__(self, pipe: Pipe, on_lost: Callable[[Message], None], name: str) -> None:
        self._pipe = pipe
        self._on_lost = on_lost
        self._waiting: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._send, name=name, daemon=True)
        self._thread.start()

    def post(self, message: Message) -> None:
        """Queue a message."""
        self._waiting.put(message)

    def close(self) -> None:
        """Accept no more messages. One that is being sent continues until the pipe is closed."""
        self._waiting.put(None)

    def join(self) -> None:
        """Wait for the thread's end. Call it after `close`, with the pipe closed."""
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _send(self) -> None:
        while (message := self._waiting.get()) is not None:
            try:
                self._pipe.send(message)
            except OSError:
                self._on_lost(message)

"""The pipe between the window and a child: pickled messages, both ways, over an inherited socket pair. POSIX only.

Only our own two processes hold its ends, so pickle never reads foreign bytes. End of file tells each side that the
other has ended, cleanly or not.
"""

import contextlib
import pickle
import socket
import struct
import threading
from typing import Any

_HEADER = struct.Struct("<Q")
_CHUNK_BYTES = 1 << 20


class Pipe:
    """One end of the pipe. `send` may be called from any thread, `receive` from one."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._sending = threading.Lock()

    @classmethod
    def from_fd(cls, fd: int) -> "Pipe":
        """The pipe's end that was inherited as this descriptor."""
        return cls(socket.socket(fileno=fd))

    def send(self, message: object) -> None:
        """Send one message. OSError if the other side is gone."""
        data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        with self._sending:
            self._end.sendall(_HEADER.pack(len(data)) + data)

    def receive(self) -> Any:
        """The next message. EOFError if the other side is gone."""
        (size,) = _HEADER.unpack(self._read(_HEADER.size))
        return pickle.loads(self._read(size))

    def close(self) -> None:
        """Close this end and wake a thread that waits in `receive`; calling it again does nothing."""
        with contextlib.suppress(OSError):  # either side may have closed it already
            self._end.shutdown(socket.SHUT_RDWR)
        self._end.close()

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            try:
                part = self._end.recv(min(size - len(data), _CHUNK_BYTES))
            except OSError as error:
                raise EOFError("the pipe was closed") from error
            if not part:
                raise EOFError("the other side is gone")
            data += part
        return bytes(data)

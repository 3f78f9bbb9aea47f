"""One window per profile: a second start passes its paths to the first and ends.

A lock file decides which is first (QLockFile with stale time 0: only a dead owner frees it). A local socket that only
this user can open carries the paths. An old socket is removed only while the lock is held.
"""

import hashlib
import json
import logging
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_log = logging.getLogger(__name__)

_CONNECT_MS = 1000
_MAX_MESSAGE_BYTES = 1 << 20


class SingleInstance(QObject):
    """The claim on a profile. `paths_received(list[str])` carries the paths of a second start."""

    paths_received = Signal(object)  # object: a `list` signal would lose undecodable bytes of a name

    def __init__(self, profile_folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = QLockFile(str(profile_folder / "lock"))
        self._lock.setStaleLockTime(0)
        self._name = "lacuna-" + hashlib.sha256(str(profile_folder.resolve()).encode()).hexdigest()[:16]
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def claim(self) -> bool:
        """Whether this process is the first; if so, it listens from now on."""
        if not self._lock.tryLock(0):
            return False
        QLocalServer.removeServer(self._name)
        if not self._server.listen(self._name):
            _log.warning("a second start can't reach this window: %s", self._server.errorString())
        return True

    def hand_over(self, paths: list[str]) -> bool:
        """Send paths to the process that holds the claim; False if it does not answer."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_CONNECT_MS):
            return False
        socket.write(json.dumps(paths).encode() + b"\n")
        socket.flush()
        socket.waitForBytesWritten(_CONNECT_MS)
        socket.disconnectFromServer()
        return True

    def release(self) -> None:
        """Stop listening and release the claim."""
        self._server.close()
        self._lock.unlock()

    @Slot()
    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.setParent(self)
            socket.disconnected.connect(self._on_disconnected)
            if socket.state() == QLocalSocket.LocalSocketState.UnconnectedState:
                self._read(socket)

    @Slot()
    def _on_disconnected(self) -> None:
        socket = self.sender()
        if isinstance(socket, QLocalSocket):
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        data = bytes(socket.read(_MAX_MESSAGE_BYTES).data())
        socket.deleteLater()
        paths = parse_paths(data)
        if paths is None:
            _log.warning("ignored a message that is no list of paths")
        else:
            self.paths_received.emit(paths)


def parse_paths(data: bytes) -> list[str] | None:
    """The absolute paths in a message; None if it holds anything else."""
    try:
        value = json.loads(data)
    except ValueError:
        return None
    if not isinstance(value, list) or not all(isinstance(path, str) and Path(path).is_absolute() for path in value):
        return None
    return value

"""A child's entry: `python -P -m engine ROLE --pipe FD`. The main thread listens, the worker's thread works.

When the pipe ends, the window is gone however it went: the process leaves within a second, also out of the middle of a
native call, so that nothing keeps holding the GPU. POSIX only: the descriptor is inherited.
"""

import argparse
import faulthandler
import logging
import os
import signal
import sys
from pathlib import Path

from engine.messages.jobs import Cancel, Event, Ready, Role
from engine.pipe import Pipe
from engine.roles import handlers_of
from engine.worker import Emit, Worker

_CLOSE_TIMEOUT_S = 0.5


def main() -> None:
    """Serve one role over the inherited pipe until it ends."""
    parser = argparse.ArgumentParser(prog="engine", description="A child process of Lacuna; it is not started by hand.")
    parser.add_argument("role", type=Role, choices=list(Role))
    parser.add_argument("--pipe", type=int, required=True)
    parser.add_argument("--journal", type=Path)
    arguments = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal reaches the whole group; the window decides
    pipe = Pipe.from_fd(arguments.pipe)
    worker = Worker(handlers_of(arguments.role, journal=arguments.journal), _sender(pipe), name=arguments.role)
    worker.start()
    pipe.send(Ready(arguments.role, os.getpid()))
    _listen(pipe, worker)
    worker.close(_CLOSE_TIMEOUT_S)
    os._exit(0)  # without waiting for a native call or for interpreter shutdown: nobody is left to serve


def _listen(pipe: Pipe, worker: Worker) -> None:
    """Hand requests to the worker until the pipe ends; a cancel is seen here, at once."""
    while True:
        try:
            message = pipe.receive()
        except EOFError:
            return
        match message:
            case Cancel(job_id):
                worker.cancel(job_id)
            case request:
                worker.submit(request)


def _sender(pipe: Pipe) -> Emit:
    def send(event: Event) -> None:
        try:
            pipe.send(event)
        except OSError:
            os._exit(0)  # the window is gone; see above

    return send


if __name__ == "__main__":
    main()

"""A child process: `python -P -m engine ROLE --pipe FD`. The main thread receives requests; a worker thread runs them.

The end of the pipe means that the window is gone, cleanly or not. The process then exits within a second, even out of
a native call, so that it does not keep holding the GPU. POSIX only: the descriptor is inherited.
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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole process group; the window decides
    pipe = Pipe.from_fd(arguments.pipe)
    worker = Worker(handlers_of(arguments.role, journal=arguments.journal), _sender(pipe), name=arguments.role)
    worker.start()
    pipe.send(Ready(arguments.role, os.getpid()))
    _listen(pipe, worker)
    worker.close(_CLOSE_TIMEOUT_S)
    os._exit(0)  # without waiting for a native call or for interpreter shutdown


def _listen(pipe: Pipe, worker: Worker) -> None:
    """Hand requests to the worker until the pipe ends. Cancels are handled here, so they never wait behind a job."""
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

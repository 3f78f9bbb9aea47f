"""Posting never waits for the reader, keeps the order, and tells what could not be delivered."""

import socket
import threading

from engine.outbox import Outbox
from engine.pipe import Pipe
from tests.patience import WAIT_S

LARGE = b"x" * (8 << 20)  # far beyond what a socket takes ahead of its reader


def test_large_message_to_a_reader_that_does_not_read_is_posted_at_once_and_arrives_in_order() -> None:
    ours, theirs = (Pipe(end) for end in socket.socketpair())
    lost: list[object] = []
    outbox: Outbox[object] = Outbox(ours, lost.append, "sender")
    posted: list[object] = [LARGE, "second", 3]
    for message in posted:
        outbox.post(message)  # with a `send` of the pipe the test would hang here
    assert [theirs.receive() for _ in posted] == posted
    outbox.close()
    outbox.join()
    assert lost == []
    for pipe in (ours, theirs):
        pipe.close()


def test_close_of_the_pipe_frees_a_sender_that_waits_and_tells_what_was_lost() -> None:
    ours, theirs = (Pipe(end) for end in socket.socketpair())
    lost: list[object] = []
    told = threading.Event()

    def on_lost(message: object) -> None:
        lost.append(message)
        told.set()

    outbox: Outbox[object] = Outbox(ours, on_lost, "sender")
    for message in (LARGE, "second"):
        outbox.post(message)
    theirs.close()
    assert told.wait(WAIT_S)
    outbox.close()
    outbox.join()
    assert lost == [LARGE, "second"]
    ours.close()

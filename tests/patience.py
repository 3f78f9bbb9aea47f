"""How long tests wait for what must come before they call it stuck: long, for other work may have the processors.

Nothing is measured by it: a test that passes never waits longer than what it waits for takes.
"""

import time
from collections.abc import Callable

WAIT_S = 300
WAIT_MS = 1000 * WAIT_S


def wait_until(condition: Callable[[], bool]) -> None:
    """Poll another process's doings; there is no signal to wait for."""
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)

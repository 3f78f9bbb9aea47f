"""How long tests wait for what must come before they call it stuck: long, for other work may have the processors.

Nothing is measured by it: a test that passes never waits longer than what it waits for takes.
"""

WAIT_S = 300
WAIT_MS = 1000 * WAIT_S

"""A hub on loopback for the tests of downloads, and the real client that asks it."""

from collections.abc import Iterator

import pytest

from engine.models.hub import HuggingFaceHub
from tests.fake_hub import FakeHub, hub_for_this_process


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """Connections are allowed in the tests that take this, and to this hub alone."""
    with hub_for_this_process(monkeypatch) as server:
        yield server


@pytest.fixture
def client(hub: FakeHub) -> HuggingFaceHub:
    """The real client; it waits long enough for a busy machine, and not for ever for a stall."""
    return HuggingFaceHub(hub.address, timeout_s=5.0)

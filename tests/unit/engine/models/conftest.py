"""A hub on loopback for the tests of downloads, and the real client that asks it."""

from collections.abc import Iterator

import pytest

from engine.models.hub import HuggingFaceHub
from tests.fake_hub import FakeHub, fake_hub


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """Connections are allowed in these tests alone; what the machine knows of tokens is not looked at."""
    from huggingface_hub.utils import close_session

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", "/nowhere/token")
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with fake_hub() as server:
        yield server
        close_session()


@pytest.fixture
def client(hub: FakeHub) -> HuggingFaceHub:
    """The real client; it waits long enough for a busy machine, and not for ever for a stall."""
    return HuggingFaceHub(hub.address, timeout_s=5.0)

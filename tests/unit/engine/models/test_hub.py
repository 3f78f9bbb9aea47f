"""The real client against a hub that refuses: every refusal has its own sentence, and no token is ever seen."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from engine.errors import LacunaError
from engine.messages.downloads import Fetched, FetchModel
from engine.messages.jobs import Event, Progress
from engine.model_plans import DownloadStage
from engine.models.fetch import FetcherService
from engine.models.hub import HuggingFaceHub
from engine.models.hub.token import Token, find_token
from tests.fake_hub import REPO, FakeHub, Fault

FIRST = "model-00001-of-00002.safetensors"
SECRET = "hf_tOkEnThatNobodyMaySee"
DAY = timedelta(days=1)
NO_CREDENTIALS = "Invalid credentials in Authorization header"


class Ring(KeyringBackend):
    """A keyring that holds one secret, or is locked."""

    priority = 1  # type: ignore[assignment]  # the library's way to say that it can be used

    def __init__(self, secret: str | None, *, is_locked: bool = False) -> None:
        super().__init__()
        self._secret = secret
        self._is_locked = is_locked

    def get_password(self, service: str, username: str) -> str | None:
        if self._is_locked:
            raise KeyringLocked("locked")
        return self._secret if (service, username) == ("lacuna", "huggingface") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


@pytest.fixture
def ring() -> Iterator[None]:
    """Puts the tests' keyring back after one of its own was set."""
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "7b"


class Run:
    """Downloads as the fetcher does them, and keeps everything that was said. Waits cost nothing."""

    def __init__(self, hub: FakeHub, folder: Path) -> None:
        self.waited_s = 0.0
        self.events: list[Event] = []
        self.hub = hub
        self.folder = folder
        self._service = FetcherService(HuggingFaceHub(hub.address, timeout_s=5.0), self._wait)

    def __call__(self) -> None:
        self.events = []
        request = FetchModel("a", REPO, "main", str(self.folder), "Llama 2 Community License")
        self.events.extend(self._service.fetch(request))

    def fails(self, sentence: str) -> LacunaError:
        """Run into a failure; with the fault gone the next request works."""
        with pytest.raises(LacunaError, match=sentence) as raised:
            self()
        self.hub.faults.clear()
        self()
        assert isinstance(self.events[-1], Fetched)
        return raised.value

    def _wait(self, seconds: float) -> None:
        self.waited_s += seconds


@pytest.fixture
def run(hub: FakeHub, folder: Path) -> Run:
    return Run(hub, folder)


# --- refusals ---------------------------------------------------------------------------------------------------------

REFUSALS = [
    (Fault(status=403, code="GatedRepo"), "only to people who accepted its licence on its page, and Lacuna has no"),
    (Fault(status=401, code="GatedRepo"), "only to people who accepted its licence on its page, and Lacuna has no"),
    (Fault(status=404, code="RepoNotFound"), "was not found on the hub, or is private"),
    (Fault(status=401, code="RepoNotFound"), "was not found on the hub, or is private"),
    (Fault(status=404, code="RevisionNotFound"), "has no revision"),
    (Fault(status=404, code="EntryNotFound"), "A file that .* lists is not there"),
    (Fault(status=403, message="Access to this resource is disabled."), "The hub has closed"),
    (Fault(status=401), "wants to know who asks"),
    (Fault(status=403), "forbids a request without a token"),
    (Fault(status=416), "does not send a file of .* as it lists it"),
    (Fault(status=400), "refused the download .400."),
]


@pytest.mark.parametrize("name", ["", FIRST], ids=["listing", "file"])
@pytest.mark.parametrize(("fault", "sentence"), REFUSALS, ids=[str(fault.status) + fault.code for fault, _ in REFUSALS])
def test_refusal_has_a_sentence_of_its_own(run: Run, name: str, fault: Fault, sentence: str) -> None:
    run.hub.script(name, fault)
    error = run.fails(sentence)
    assert error.report.next_step


@pytest.mark.parametrize("name", ["", FIRST], ids=["listing", "file"])
def test_too_many_requests_are_waited_out_as_long_as_the_hub_asks(run: Run, name: str) -> None:
    run.hub.script(name, Fault(status=429, headers={"Retry-After": "60"}))
    run()
    assert run.waited_s == pytest.approx(60)
    stages = [event.stage for event in run.events if isinstance(event, Progress)]
    words = "The hub has had too many requests from here (429) and asks to wait 60 s. Trying again in 60 s"
    assert words in stages


def test_hubs_own_header_and_a_date_say_how_long_to_wait(run: Run) -> None:
    limit = {"RateLimit": '"api";r=0;t=55', "Retry-After": "1"}
    run.hub.script("", Fault(status=429, headers=limit))
    run()
    assert run.waited_s == pytest.approx(55)
    run.hub.script(FIRST, Fault(status=429, headers={"Retry-After": format_datetime(datetime.now(UTC) + DAY)}))
    (run.folder / FIRST).unlink()
    run.fails(r"asks to wait 86[34]\d\d s")


def test_other_hub_than_the_usual_one_is_named(run: Run) -> None:
    run()
    asking = [event for event in run.events if isinstance(event, Progress) and event.stage == DownloadStage.ASKING]
    assert asking[0].detail == "at 127.0.0.1"


@pytest.mark.parametrize("name", ["", FIRST], ids=["listing", "file"])
def test_wait_that_is_too_long_is_left_to_the_person(run: Run, name: str) -> None:
    run.hub.script(name, Fault(status=429, headers={"Retry-After": "3600"}))
    run.fails("too many requests from here .429. and asks to wait 3600 s")
    assert run.waited_s == 0


def test_trouble_of_the_hub_is_waited_out_and_at_last_told(run: Run) -> None:
    run.hub.script("", *[Fault(status=503)] * 2)
    run.hub.script(FIRST, *[Fault(status=502)] * 20)
    run.fails("The hub has trouble .502.")
    assert run.waited_s > 10


def test_hub_that_is_not_there_is_told(folder: Path, run: Run) -> None:
    with pytest.raises(LacunaError, match="could not be reached"):
        Run(FakeHubElsewhere(), folder)()
    run()


class FakeHubElsewhere(FakeHub):
    """An address at which nobody listens."""

    def __init__(self) -> None:
        super().__init__()
        self.address = "http://127.0.0.1:9"


def test_switched_off_connections_are_told_apart(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        with pytest.raises(LacunaError, match=r"switched off here \(HF_HUB_OFFLINE\)"):
            run()
    run()


def test_login_page_of_a_network_is_told(run: Run) -> None:
    run.hub.script("", Fault(body=b"<html>Welcome to the hotel</html>"))
    run.fails("What answered is not the hub")


@pytest.mark.parametrize("body", [b"[]", b'"x"', b'{"id": "a", "siblings": [{"size": 1}]}', b'{"siblings": 3}'])
def test_answer_that_is_no_listing_is_told(run: Run, body: bytes) -> None:
    run.hub.script("", Fault(body=body))
    run.fails("What answered is not the hub|does not say which commit")


def test_listing_without_an_end_is_told_and_not_kept(run: Run) -> None:
    run.hub.script("", Fault(body=b'{"sha": "' + b"a" * (17 << 20)))
    run.fails("list of what .* holds does not end")


def test_circle_of_redirects_is_told(run: Run) -> None:
    for name in ("", FIRST):
        run.hub.script(name, *[Fault(leads_to=name or f"{run.hub.address}/api/models/{REPO}")] * 30)
    with pytest.raises(LacunaError, match="round in circles"):
        run()
    run.hub.faults[""].clear()
    run.fails("round in circles")


@pytest.mark.parametrize(
    "id", ["one name/two", "a//b", "../../etc", "-a/b", "a" * 200, "a/..", "a", "a/" + "b" * 200, "a--b/c"]
)
def test_name_that_can_be_no_repository_is_told_without_asking(hub: FakeHub, folder: Path, id: str) -> None:
    service = FetcherService(HuggingFaceHub(hub.address))
    with pytest.raises(LacunaError, match="can't be the name of a repository"):
        list(service.fetch(FetchModel("a", id, "main", str(folder), "accepted")))
    assert hub.asked == []


def test_connection_without_encryption_is_refused(folder: Path) -> None:
    service = FetcherService(HuggingFaceHub("http://mirror.example"))
    with pytest.raises(LacunaError, match=r"mirror\.example would be asked without encryption"):
        list(service.fetch(FetchModel("a", REPO, "main", str(folder), "accepted")))


# --- the token --------------------------------------------------------------------------------------------------------


def test_token_comes_from_the_keyring_then_the_variable_then_the_hubs_file(
    hub: FakeHub, ring: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text("hf_file\n")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(file))
    monkeypatch.setenv("HF_TOKEN", "hf_variable")
    keyring.set_keyring(Ring("hf_ring"))
    assert find_token() == Token("hf_ring", "the keyring")
    keyring.set_keyring(Ring(None))
    assert find_token() == Token("hf_variable", "HF_TOKEN")
    monkeypatch.delenv("HF_TOKEN")
    assert find_token() == Token("hf_file", "the hub's own file")
    file.unlink()
    assert find_token() == Token("")


def test_locked_keyring_is_no_obstacle_and_is_told_where_a_token_lacks(run: Run, ring: None) -> None:
    keyring.set_keyring(Ring(SECRET, is_locked=True))
    run.hub.script("", Fault(status=403, code="GatedRepo"))
    error = run.fails("Lacuna has no token")
    assert error.report.next_step.endswith("The keyring could not be opened.")


def test_token_goes_to_the_hub_and_not_where_the_hub_leads(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", SECRET)
    elsewhere = run.hub.address.replace("127.0.0.1", "localhost")
    run.hub.script(FIRST, Fault(leads_to=f"{elsewhere}/resolve/store/{FIRST}"))
    run()
    tokens = {asked.token for asked in run.hub.asked if asked.host.startswith("127.0.0.1")}
    assert tokens == {f"Bearer {SECRET}"}
    (stored,) = [asked for asked in run.hub.asked if asked.host.startswith("localhost")]
    assert stored.token == ""


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault(status=401, message=NO_CREDENTIALS), "does not accept the token from HF_TOKEN"),
        (Fault(status=401, code="RepoNotFound"), "does not accept the token from HF_TOKEN"),
        (Fault(status=403, code="GatedRepo"), "whoever the token from HF_TOKEN belongs to has not"),
        (Fault(status=403), "forbids the token from HF_TOKEN to read"),
        (Fault(status=429, headers={"Retry-After": "3600"}), "too many requests"),
        (Fault(status=500), "has trouble"),
        (Fault(cut_at=0), "was lost|is not the hub"),
        (Fault(body=b"<html>"), "is not the hub|more of|sends 6"),
    ],
    ids=["401", "401 no repository", "gated", "403", "429", "500", "cut", "no hub"],
)
@pytest.mark.parametrize("name", ["", FIRST], ids=["listing", "file"])
def test_token_is_in_no_log_event_or_error(
    run: Run,
    name: str,
    fault: Fault,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    folder: Path,
) -> None:
    monkeypatch.setenv("HF_TOKEN", SECRET)
    caplog.set_level(logging.DEBUG)
    for logger in ("huggingface_hub", "httpx2", "httpcore2", "keyring", "engine"):
        caplog.set_level(logging.DEBUG, logger)
    run.hub.script(name, *[fault] * 20)
    error = run.fails(sentence)
    said = [repr(error), repr(error.report), *map(repr, run.events), *map(str, caplog.records)]
    said += [record.getMessage() + (record.exc_text or "") for record in caplog.records]
    said += [path.read_text() for path in folder.glob(".lacuna*")]
    assert any(f"Bearer {SECRET}" == asked.token for asked in run.hub.asked)
    assert not [text for text in said if SECRET in text]


def test_token_that_was_renewed_after_a_refusal_is_used_by_the_next_try(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_old")
    run.hub.script(FIRST, Fault(status=401, message=NO_CREDENTIALS))
    with pytest.raises(LacunaError, match="does not accept the token"):
        run()
    monkeypatch.setenv("HF_TOKEN", "hf_new")
    run.hub.asked.clear()
    run()
    assert {asked.token for asked in run.hub.asked} == {"Bearer hf_new"}


def test_token_that_can_stand_in_no_header_is_refused_without_being_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", f"{SECRET} \u2603")
    with pytest.raises(LacunaError, match="token from HF_TOKEN holds characters") as raised:
        run()
    assert SECRET not in repr(raised.value.report)
    monkeypatch.delenv("HF_TOKEN")
    run()


def test_token_does_not_show_in_its_own_form() -> None:
    assert SECRET not in repr(Token(SECRET, "HF_TOKEN")) + str(Token(SECRET, "HF_TOKEN"))

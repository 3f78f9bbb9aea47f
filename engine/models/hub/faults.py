"""The failures of the hub's client as sentences, each with a next step."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn

import httpx2
from huggingface_hub import errors
from huggingface_hub.utils import parse_ratelimit_headers  # type: ignore[attr-defined]  # exported all the same

from engine.errors import ErrorCode, LacunaError
from engine.models.hub.token import ENTRY, SERVICE, Token
from engine.models.remote import PassingError, RangeRefusedError

_KEPT = "what arrived is kept."
_AGAIN = f"Check the connection and try again; {_KEPT}"
_LOG_IN = f"put a token into the keyring (keyring set {SERVICE} {ENTRY}), set HF_TOKEN or use the hub's own tool"
_UNAUTHORIZED, _FORBIDDEN, _BAD_RANGE, _TOO_MANY = 401, 403, 416, 429


@contextmanager
def told_in_sentences(repo_id: str, revision: str, token: Token) -> Iterator[None]:
    """Turn the client's exceptions into LacunaError (DOWNLOAD); PassingError if a retry may succeed."""
    try:
        yield
    except errors.GatedRepoError:
        _raise_gated(repo_id, token)
    except errors.RevisionNotFoundError:
        raise _failure(f"{repo_id} has no revision {revision}.", "Check the revision, or leave it out.") from None
    except errors.RemoteEntryNotFoundError:
        raise _failure(f"A file that {repo_id} lists is not there.", "Try again later.") from None
    except errors.DisabledRepoError:
        raise _failure(f"The hub has closed {repo_id}.", "Choose another checkpoint.") from None
    except errors.RepositoryNotFoundError as error:
        if error.response.status_code == _UNAUTHORIZED and token.value:
            _raise_unauthorized(token)
        raise _failure(
            f"{repo_id} was not found on the hub, or is private.",
            f"Check the name; if it is private, {_LOG_IN}. {token.note}".strip(),
        ) from None
    except errors.HfHubHTTPError as error:
        _raise_status(repo_id, error.response.status_code, error.response.headers, token)
    except errors.OfflineModeIsEnabled:
        raise _failure(
            "The hub could not be reached: connections are switched off here (HF_HUB_OFFLINE).",
            "Unset that variable and start Lacuna again.",
        ) from None
    except errors.HFValidationError:
        raise _failure(f"{repo_id} can't be the name of a repository.", "Check the name.") from None
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        _raise_connection(error)
    except ValueError as error:  # what came back is no JSON, or not what a hub sends
        raise _failure(
            "What answered is not the hub; a network may show a login page first.",
            "Open a page in a browser, log in there, and try again.",
            repr(type(error)),
        ) from None


def _raise_gated(repo_id: str, token: Token) -> NoReturn:
    if not token.value:
        raise _failure(
            f"{repo_id} is given out only to people who accepted its licence on its page, and Lacuna has no token.",
            f"Accept it there, then {_LOG_IN}. {token.note}".strip(),
        ) from None
    raise _failure(
        f"{repo_id} is given out only to people who accepted its licence on its page; "
        f"whoever the token from {token.source} belongs to has not, or waits for an answer.",
        "Accept it there with that account and try again.",
    ) from None


def _raise_unauthorized(token: Token) -> NoReturn:
    if not token.value:
        raise _failure(
            "The hub wants to know who asks (401).", f"To tell it, {_LOG_IN}. {token.note}".strip()
        ) from None
    raise _failure(
        f"The hub does not accept the token from {token.source} (401).", "Renew it or take it out, and try again."
    ) from None


def _raise_status(repo_id: str, status: int, headers: Mapping[str, str], token: Token) -> NoReturn:
    """The error for a status code without an error class of its own."""
    if status == _UNAUTHORIZED:
        _raise_unauthorized(token)
    if status == _FORBIDDEN:
        whose = f"the token from {token.source}" if token.value else "a request without a token"
        raise _failure(
            f"The hub forbids {whose} to read {repo_id} (403).", "Check what the token may do, or use another one."
        ) from None
    if status == _BAD_RANGE:
        raise RangeRefusedError(
            ErrorCode.DOWNLOAD, f"The hub does not send a file of {repo_id} as it lists it (416).", "Try again later."
        ) from None
    if status == _TOO_MANY:
        wait_s = _wait_s(headers)
        asks = f" and asks to wait {wait_s:.0f} s" if wait_s else ""
        raise PassingError(
            f"The hub has had too many requests from here (429){asks}.", f"Try again after that; {_KEPT}", wait_s
        ) from None
    if status >= 500 or status == 408:
        raise PassingError(
            f"The hub has trouble ({status}).", f"Try again later; {_KEPT}", _wait_s(headers) or 1.0
        ) from None
    raise _failure(f"The hub refused the download ({status}).", f"Try again later; {_KEPT}") from None


def _raise_connection(error: Exception) -> NoReturn:
    """The error for a connection that failed or broke."""
    match error:
        case httpx2.TooManyRedirects():
            raise _failure("The hub leads round in circles.", f"Try again later; {_KEPT}") from None
        case httpx2.ProxyError():
            raise _failure("The proxy refused the connection.", "Check the proxy that is set (HTTPS_PROXY).") from None
        case httpx2.ConnectError() if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise _failure(
                "The hub's certificate is not trusted here.", "Check the clock, and who stands between you and the hub."
            ) from None
        case httpx2.ConnectError() | httpx2.ConnectTimeout():
            raise PassingError("The hub could not be reached.", _AGAIN) from None
        case httpx2.TimeoutException():
            raise PassingError("The connection stalled: nothing comes any more.", _AGAIN) from None
        case httpx2.NetworkError() | httpx2.RemoteProtocolError():
            raise PassingError("The connection was lost.", _AGAIN) from None
        case _:
            raise _failure(
                f"The hub's answer can't be used ({type(error).__name__}).", f"Try again later; {_KEPT}"
            ) from None


def _wait_s(headers: Mapping[str, str]) -> float:
    """What a hub asks to wait, in seconds: by its own header, else by Retry-After as seconds or as a date."""
    limit = parse_ratelimit_headers(headers)
    if limit is not None and limit.remaining == 0:
        return float(limit.reset_in_seconds)
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # there is none, or nobody can read it
        return 0.0


def _failure(sentence: str, next_step: str, detail: str = "") -> LacunaError:
    return LacunaError(ErrorCode.DOWNLOAD, sentence, next_step, detail)

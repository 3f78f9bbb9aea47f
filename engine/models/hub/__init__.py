"""The model hub through huggingface_hub: a repository's listing, and its files' bytes from any offset.

Nothing else in the program imports that library or opens a connection (a contract in pyproject.toml and a test). We use
its session, headers, addresses and errors, but not its download functions: those of 2.4 drop the bytes before a cut,
and its xet transfers run in native code that can neither be stopped between pieces nor observed.
"""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from engine.errors import ErrorCode, LacunaError
from engine.models.hub.token import Token, find_token
from engine.models.remote import Listing, PassingError, Piece, RemoteFile

_TIMEOUT_S = 20.0  # without a byte
_MAX_LISTING_BYTES = 16 << 20  # a repository of a hundred thousand files
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_USUAL_HOST = "huggingface.co"
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_PARTIAL_CONTENT = 206


class HuggingFaceHub:
    """`engine.models.remote.Hub` over the network. `endpoint` None is the client's own, which HF_ENDPOINT sets."""

    def __init__(self, endpoint: str | None = None, timeout_s: float = _TIMEOUT_S) -> None:
        self._endpoint = endpoint
        self._timeout_s = timeout_s
        self._token: Token | None = None
        logging.getLogger("httpx2").setLevel(logging.WARNING)  # it logs addresses, which may contain signatures

    @property
    def host(self) -> str:
        from huggingface_hub import constants

        host = urlsplit(self._endpoint or constants.ENDPOINT).hostname or ""
        return "" if host == _USUAL_HOST else host

    def listing(self, repo_id: str, revision: str) -> Listing:
        from engine.models.hub.faults import told_in_sentences

        self._token = None  # read again, since the person may have renewed it
        token = self._find_token()
        with told_in_sentences(repo_id, revision, token):
            try:
                return _listing(self._fetch_listing(repo_id, revision, token))
            except (TypeError, KeyError, AttributeError, RecursionError) as error:  # JSON, and no listing
                raise ValueError("not a listing") from error

    def pieces(self, repo_id: str, revision: str, file: RemoteFile, start: int) -> Iterator[Piece]:
        from engine.models.hub.faults import told_in_sentences

        token = self._find_token()
        try:
            with told_in_sentences(repo_id, revision, token):
                yield from self._stream(repo_id, revision, file, start, token)
        except PassingError:
            raise
        except LacunaError:
            self._token = None  # read again at the next try, since the person may have replaced it
            raise

    def _fetch_listing(self, repo_id: str, revision: str, token: Token) -> Any:
        """The hub's listing of a revision. huggingface_hub's own call reads an answer of any length into memory."""
        from huggingface_hub.utils import (  # type: ignore[attr-defined]  # exported all the same
            build_hf_headers,
            get_session,
            hf_raise_for_status,
            validate_repo_id,
        )

        validate_repo_id(repo_id)
        url = f"{self._checked_endpoint()}/api/models/{repo_id}/revision/{quote(revision, safe='')}"
        headers = build_hf_headers(token=token.value or False)
        content, wanted = bytearray(), {"blobs": True}
        with get_session().stream("GET", url, params=wanted, headers=headers, timeout=self._timeout_s) as response:
            if response.is_error:
                response.read()  # the client's errors quote it
            hf_raise_for_status(response)
            _check_secure(str(response.url))
            for data in response.iter_bytes():
                content += data
                if len(content) > _MAX_LISTING_BYTES:
                    raise LacunaError(
                        ErrorCode.DOWNLOAD,
                        f"The hub's list of what {repo_id} holds does not end.",
                        "Try again later; if it stays so, the repository is faulty.",
                    )
        return json.loads(content)

    def _stream(self, repo_id: str, revision: str, file: RemoteFile, start: int, token: Token) -> Iterator[Piece]:
        from huggingface_hub import hf_hub_url
        from huggingface_hub.utils import (  # type: ignore[attr-defined]  # exported all the same
            build_hf_headers,
            get_session,
            hf_raise_for_status,
        )

        url = hf_hub_url(repo_id, file.name, revision=revision, endpoint=self._checked_endpoint())
        headers = build_hf_headers(token=token.value or False, headers={"Accept-Encoding": "identity"})
        if start:
            headers["Range"] = f"bytes={start}-"
        with get_session().stream("GET", url, headers=headers, timeout=self._timeout_s) as response:
            hf_raise_for_status(response)
            _check_secure(str(response.url))
            offset = _place(response, file, start)
            for data in response.iter_bytes():
                yield Piece(offset, data)
                offset += len(data)

    def _find_token(self) -> Token:
        if self._token is None:
            self._token = find_token()
            if self._token.value and not self._token.is_usable:
                raise LacunaError(
                    ErrorCode.DOWNLOAD,
                    f"The token from {self._token.source} holds characters that no token has.",
                    "Put it there again, and try again.",
                )
        return self._token

    def _checked_endpoint(self) -> str:
        from huggingface_hub import constants

        endpoint = self._endpoint or constants.ENDPOINT
        _check_secure(endpoint)
        return endpoint


def _listing(content: Any) -> Listing:
    """A listing from the hub's JSON; TypeError and the like if it is invalid."""
    siblings = content["siblings"] or []
    return Listing(str(content["sha"] or ""), tuple(_remote_file(item) for item in siblings))


def _remote_file(item: Any) -> RemoteFile:
    """A file of the listing; sizes and hashes that are no such thing are as if they were not stated."""
    lfs = item.get("lfs")
    size, sha256 = (lfs.get("size"), lfs.get("sha256")) if lfs else (item.get("size"), None)
    blob_id = item.get("blobId")
    return RemoteFile(
        str(item["rfilename"]),
        size if type(size) is int else -1,
        sha256 if isinstance(sha256, str) else None,
        blob_id if not lfs and isinstance(blob_id, str) else None,
    )


def _place(response: Any, file: RemoteFile, start: int) -> int:
    """Where the answer begins in the file. LacunaError if the file is not as long as the hub lists it."""
    total = response.headers.get("Content-Length")
    offset = 0
    if response.status_code == _PARTIAL_CONTENT:
        match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None or int(match[1]) not in (0, start):
            raise ValueError("a part that was not asked for")
        offset, total = int(match[1]), match[2]
    elif response.headers.get("Content-Encoding", "identity") != "identity":
        total = None  # the length of what is packed
    if total is not None and total.isdigit() and int(total) != file.size_bytes:
        raise LacunaError(
            ErrorCode.DOWNLOAD,
            f"The hub lists {file.name} with {file.size_bytes:,} bytes and sends {int(total):,}.",
            "Try again later; if it stays so, the repository is faulty.",
        )
    return offset


def _check_secure(address: str) -> None:
    """Raise LacunaError for an unencrypted connection, unless it is to this machine."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise LacunaError(
            ErrorCode.DOWNLOAD,
            f"{parts.hostname or 'The hub'} would be asked without encryption.",
            "Set HF_ENDPOINT to an address that begins with https.",
        )

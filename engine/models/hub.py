"""The model hub through huggingface_hub, with each of its failures as a sentence of its own.

The token is the one that the client finds by itself (HF_TOKEN or its own file); it is never passed, shown or logged.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.errors import ErrorCode, LacunaError
from engine.models.fetch import RemoteFile


class HuggingFaceHub:
    """`engine.models.fetch.Hub` over the network. `endpoint` None is the client's own default."""

    def __init__(self, endpoint: str | None = None) -> None:
        self._endpoint = endpoint

    def files(self, repo_id: str, revision: str) -> list[RemoteFile]:
        from huggingface_hub import HfApi

        with told_in_sentences(repo_id):
            info = HfApi(endpoint=self._endpoint).model_info(repo_id, revision=revision, files_metadata=True)
        return [
            RemoteFile(item.rfilename, item.size or 0, item.lfs.sha256 if item.lfs else None)
            for item in info.siblings or []
        ]

    def download(self, repo_id: str, revision: str, name: str, folder: Path, on_bytes: Callable[[int], None]) -> None:
        from huggingface_hub import hf_hub_download

        with told_in_sentences(repo_id):
            hf_hub_download(
                repo_id,
                name,
                revision=revision,
                local_dir=folder,
                endpoint=self._endpoint,
                tqdm_class=_counting_bar(on_bytes),
            )


def _counting_bar(on_bytes: Callable[[int], None]) -> Any:
    """A progress bar class that draws nothing and passes on what arrives; the client makes one for each transfer."""
    from tqdm import tqdm

    class CountingBar(tqdm):  # type: ignore[misc]  # tqdm has no annotations
        def __init__(self, *args: Any, initial: int = 0, **kwargs: Any) -> None:
            kwargs.pop("name", None)  # the client's own bars take a name that tqdm doesn't know
            super().__init__(*args, initial=initial, **{**kwargs, "disable": True})
            on_bytes(int(initial))  # what an earlier, cut transfer left

        def update(self, n: float | None = 1) -> bool | None:
            on_bytes(int(n or 0))
            return None

    return CountingBar


@contextmanager
def told_in_sentences(repo_id: str) -> Iterator[None]:
    """Turn the client's errors into LacunaError (DOWNLOAD): gated, absent, refused, offline, disk."""
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise _failure(
            f"{repo_id} is given out only to people who accepted its licence on its page.",
            "Accept it there, log in with the hub's own tool or set HF_TOKEN, and try again.",
        ) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.RemoteEntryNotFoundError) as error:
        raise _failure(f"{repo_id} was not found on the hub, or is private.", "Check the name.") from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else "no status"
        raise _failure(f"The hub refused the download ({status}).", "Try again later; what arrived is kept.") from error
    except (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError) as error:
        raise _failure(
            "The hub could not be reached.", "Check the connection and try again; what arrived is kept."
        ) from error
    except errors.HTTPError as error:  # type: ignore[attr-defined]  # no answer at all; the HTTP library's own
        raise _failure(
            "The hub could not be reached.", "Check the connection and try again; what arrived is kept."
        ) from error
    except OSError as error:
        raise _failure(
            f"The download stopped ({error.strerror or type(error).__name__}).", "Try again; what arrived is kept."
        ) from error


def _failure(sentence: str, next_step: str) -> LacunaError:
    return LacunaError(ErrorCode.DOWNLOAD, sentence, next_step)

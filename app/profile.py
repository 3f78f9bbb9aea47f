"""The folders that a run may write to: the person's own, or all of them below `--profile DIR`."""

from dataclasses import dataclass
from pathlib import Path

from platformdirs import PlatformDirs

from engine.errors import ErrorCode, LacunaError
from engine.shown import path_text


@dataclass(frozen=True, slots=True)
class Profile:
    """Settings, data (chats, drafts, downloaded models), cache, and state (logs, locks, crash marks) of one person."""

    settings: Path
    data: Path
    cache: Path
    state: Path

    @classmethod
    def of_user(cls) -> "Profile":
        """The desktop's folders, which the XDG variables move."""
        folders = PlatformDirs("lacuna", appauthor=False)
        return cls(folders.user_config_path, folders.user_data_path, folders.user_cache_path, folders.user_state_path)

    @classmethod
    def below(cls, folder: Path) -> "Profile":
        """A profile of its own, which shares nothing with the person's."""
        folder = folder.absolute()
        return cls(folder / "settings", folder / "data", folder / "cache", folder / "state")

    @property
    def settings_file(self) -> Path:
        return self.settings / "settings.json"

    @property
    def chats_file(self) -> Path:
        return self.data / "chats.sqlite"

    @property
    def drafts(self) -> Path:
        return self.data / "drafts"

    @property
    def models(self) -> Path:
        """Where downloaded models go."""
        return self.data / "models"

    @property
    def licences_file(self) -> Path:
        """Which licences of models were accepted, and when."""
        return self.settings / "licences.json"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def reader_journal(self) -> Path:
        """Where the reader notes the file that it is parsing."""
        return self.state / "reader-journal"

    @property
    def quantized(self) -> Path:
        """Where the 4-bit copies of models are kept; they can be made again."""
        return self.cache / "quantized"

    @property
    def loading_mark(self) -> Path:
        """Exists while a model is being loaded; one that is found at a start tells what ended the program."""
        return self.state / "loading"

    @property
    def running_mark(self) -> Path:
        """Exists while a window runs; one that is found at a start tells of a crash."""
        return self.state / "running"

    def create(self) -> None:
        """Make the folders where they are missing, for this user only. Raises LacunaError FILE_NOT_SAVED."""
        for folder in (self.settings, self.data, self.cache, self.state, self.drafts, self.models, self.logs):
            _make_private(folder)


def _make_private(folder: Path) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        shown = path_text(folder)
        raise LacunaError(
            ErrorCode.FILE_NOT_SAVED,
            f"The folder {shown} can't be made ({error.strerror}), so nothing could be kept.",
            "Choose another place with --profile DIR.",
            repr(error),
        ) from None

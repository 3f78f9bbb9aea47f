"""The folders that a run may write to: the person's own, or folders below `--profile DIR`."""

from dataclasses import dataclass
from pathlib import Path

from platformdirs import PlatformDirs

from engine.errors import ErrorCode, LacunaError
from engine.shown import path_text


@dataclass(frozen=True, slots=True)
class Profile:
    """One person's folders: settings, data (chats, unsaved texts, models), cache, and state (logs, locks, marks)."""

    settings: Path
    data: Path
    cache: Path
    state: Path

    @classmethod
    def of_user(cls) -> "Profile":
        """The folders of the XDG base directory specification."""
        folders = PlatformDirs("lacuna", appauthor=False)
        return cls(folders.user_config_path, folders.user_data_path, folders.user_cache_path, folders.user_state_path)

    @classmethod
    def below(cls, folder: Path) -> "Profile":
        """A separate profile below one folder, which shares nothing with the person's."""
        folder = folder.absolute()
        return cls(folder / "settings", folder / "data", folder / "cache", folder / "state")

    @property
    def settings_file(self) -> Path:
        return self.settings / "settings.json"

    @property
    def chats_file(self) -> Path:
        return self.data / "chats.sqlite"

    @property
    def unsaved_texts(self) -> Path:
        return self.data / "drafts"

    @property
    def models(self) -> Path:
        """The folder of downloaded models."""
        return self.data / "models"

    @property
    def licences_file(self) -> Path:
        """The file that records which model licences were accepted, and when."""
        return self.settings / "licences.json"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def reader_journal(self) -> Path:
        """The file in which the reader notes the file that it is parsing."""
        return self.state / "reader-journal"

    @property
    def quantized(self) -> Path:
        """The folder of the models' 4-bit copies, which can be made again."""
        return self.cache / "quantized"

    @property
    def loading_mark(self) -> Path:
        """Exists while a model is being loaded; found at a start, it names the load that ended the program."""
        return self.state / "loading"

    @property
    def running_mark(self) -> Path:
        """Exists while a window runs; found at a start, it shows that the last run crashed."""
        return self.state / "running"

    def create(self) -> None:
        """Create the missing folders, private to this user. Raises LacunaError FILE_NOT_SAVED."""
        for folder in (self.settings, self.data, self.cache, self.state, self.unsaved_texts, self.models, self.logs):
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

"""The reader looks into a model folder that nobody has loaded yet, and says what is wrong with it or what it is."""

from pathlib import Path

import pytest

from engine.errors import ErrorCode, LacunaError
from engine.messages.jobs import Role
from engine.messages.machine import InspectModel, ModelInspected
from engine.roles import handlers_of
from tests.model_folders import write_folder


def test_reader_says_what_a_folder_holds(tmp_path: Path, starter_folder: Path) -> None:
    folder = write_folder(tmp_path / "mine", starter_folder)
    (event,) = handlers_of(Role.READER)[InspectModel](InspectModel("job", str(folder)))
    assert isinstance(event, ModelInspected)
    assert event.job_id == "job"
    assert any("pieces" in sentence for sentence in event.findings)


def test_reader_says_what_is_wrong_with_a_folder(tmp_path: Path, starter_folder: Path) -> None:
    folder = write_folder(tmp_path / "mine", starter_folder)
    (folder / "tokenizer.model").write_bytes(b"no vocabulary")
    with pytest.raises(LacunaError) as raised:
        list(handlers_of(Role.READER)[InspectModel](InspectModel("job", str(folder))))
    assert raised.value.report.code is ErrorCode.MODEL_INVALID

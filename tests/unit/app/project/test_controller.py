"""The open folder against scripted jobs and the real pane: what is asked of the reader, and what is shown and kept."""

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from app.project.controller import ProjectController
from engine.errors import ErrorCode, ErrorReport
from engine.messages.jobs import Failed, Finished, Progress, Request, Role
from engine.messages.machine import ModelInfo
from engine.messages.project import (
    TAKEN_OUT,
    FileRow,
    FilesRead,
    Packed,
    PackProject,
    ProjectPacked,
    ProjectRead,
    ReadProject,
    RefreshProject,
    Span,
    UseTokenizer,
)
from engine.messages.prompts import PromptFormat, Speaker, Turn
from engine.settings import Settings
from tests.conftest import ROOT
from tests.model_infos import model_info
from tests.scripted_jobs import ScriptedJobs
from ui.project.file_tree import Share
from ui.project.pane import ProjectPane
from ui.project.wishes import Include, ReadAgain, StopReading
from ui.theme.icons import Icons
from ui.theme.theme import find_theme

TURNS = (Turn(Speaker.USER, "Where are redirects followed?"),)
ROWS = (
    FileRow("a.py", 30, 10, True),
    FileRow("docs/b.md", 60, 20, True),
    FileRow(".env", 9, None, False, "may hold secrets, by its name", can_force=True),
)


def model(tokenizer_hash: str = "hash-1", context_tokens: int = 4096) -> ModelInfo:
    return model_info(tokenizer_hash=tokenizer_hash, context_tokens=context_tokens)


class FolderDesk:
    """A controller at its pane, and the jobs that it submits."""

    def __init__(self, qtbot: QtBot) -> None:
        self.jobs = ScriptedJobs()
        self.pane = ProjectPane(Icons(ROOT / "resources" / "icons"), find_theme(dark=True))
        qtbot.addWidget(self.pane)
        self.controller = ProjectController(self.jobs, self.pane, Settings)

    def requests(self, kind: type[Request]) -> list[Request]:
        return [request for role, request in self.jobs.submitted if role is Role.READER and isinstance(request, kind)]

    def reading(self) -> ReadProject:
        request = self.requests(ReadProject)[-1]
        assert isinstance(request, ReadProject)
        return request

    def finish_reading(self, rows: tuple[FileRow, ...] = ROWS, revision: int = 1, faults: tuple[str, ...] = ()) -> None:
        job_id = self.reading().job_id
        tokens = sum(row.tokens or 0 for row in rows)
        self.jobs.play(
            Progress(job_id, "Reading the folder", 0, len(rows), "files"),
            FilesRead(job_id, rows),
            ProjectRead(job_id, "/p", revision, 2, len(rows), tokens, faults),
            Finished(job_id),
        )

    def paths(self) -> set[str]:
        return self.pane.tree.files.tree.paths

    def notice(self) -> str:
        return "" if self.pane.notice_area.isHidden() else self.pane.notice.text()


@pytest.fixture
def desk(qtbot: QtBot) -> FolderDesk:
    return FolderDesk(qtbot)


@pytest.fixture
def read_desk(desk: FolderDesk) -> FolderDesk:
    desk.controller.set_model(model())
    desk.controller.open_folder("/p")
    desk.finish_reading()
    return desk


def packed_event(request: Request, *, left_out: tuple[str, ...] = (), partial: tuple[str, ...] = ()) -> ProjectPacked:
    packed = Packed(b"\0" * 40, (Span("a.py", 1, 2, 2, 6), Span("docs/b.md", 1, 1, 7, 10)), "hash-1", 1, 3)
    return ProjectPacked(request.job_id, packed, left_out, partial)


def test_a_folder_opened_before_the_model_waits_for_it_and_says_so(desk: FolderDesk) -> None:
    desk.controller.open_folder("/p")
    assert desk.requests(ReadProject) == []
    assert "No model" in desk.notice()
    desk.controller.set_model(model())
    assert isinstance(desk.jobs.submitted[0][1], UseTokenizer)
    assert desk.reading().root == "/p"
    assert desk.notice() == ""


def test_rows_and_totals_are_shown_and_a_rehearsal_follows(read_desk: FolderDesk) -> None:
    assert read_desk.paths() == {row.path for row in ROWS}
    assert read_desk.pane.figures.text() == "30 of 4.1k tokens · 2 of 3 files"
    rehearsal = read_desk.requests(PackProject)[-1]
    read_desk.jobs.play(packed_event(rehearsal), Finished(rehearsal.job_id))
    assert read_desk.pane.consequence.text().startswith("All of it goes")
    node = read_desk.pane.tree.files.tree.find("a.py")
    assert node is not None
    assert node.share is Share.UNKNOWN  # marks tell of questions that were asked
    assert not read_desk.controller.is_reading


def test_reading_again_drops_files_that_are_gone_and_keeps_the_others(read_desk: FolderDesk) -> None:
    read_desk.controller.reload()
    read_desk.finish_reading(rows=ROWS[:1], revision=2)
    assert read_desk.paths() == {"a.py"}
    assert read_desk.controller.revision == 2


def test_cancelling_keeps_what_was_read_before_and_offers_to_read_again(read_desk: FolderDesk) -> None:
    read_desk.controller.reload()
    read_desk.pane.wished.emit(StopReading())
    assert read_desk.jobs.cancelled == [read_desk.reading().job_id]
    assert read_desk.paths() == {row.path for row in ROWS}
    assert "still used" in read_desk.notice()
    read_desk.pane.wished.emit(ReadAgain())
    assert read_desk.controller.is_reading


def test_ticks_include_and_exclude_and_start_a_new_reading(read_desk: FolderDesk) -> None:
    read_desk.pane.wished.emit(Include("docs", False))
    assert read_desk.reading().excluded == ("docs",)
    read_desk.finish_reading(rows=(ROWS[0], FileRow("docs/b.md", 60, 20, False, TAKEN_OUT, can_force=True), ROWS[2]))
    read_desk.pane.wished.emit(Include(".env", True))
    assert (read_desk.reading().forced, read_desk.reading().excluded) == ((".env",), ("docs",))


def test_a_second_reading_ends_the_first_whose_late_events_are_ignored(read_desk: FolderDesk) -> None:
    read_desk.controller.reload()
    first = read_desk.reading()
    listener = read_desk.jobs.listeners[first.job_id]
    read_desk.controller.reload()
    assert read_desk.jobs.cancelled == [first.job_id]
    listener(FilesRead(first.job_id, (FileRow("late.py", 1, 1, True),)))
    assert "late.py" not in read_desk.paths()


def test_packing_hands_over_the_pack_and_marks_the_tree(read_desk: FolderDesk) -> None:
    received: list[ProjectPacked] = []
    errors: list[ErrorReport] = []
    read_desk.controller.pack(TURNS, "Be brief.", received.append, errors.append)
    request = read_desk.jobs.last
    assert isinstance(request, PackProject)
    assert (request.turns, request.system, request.context_tokens) == (TURNS, "Be brief.", 4096)
    event = packed_event(request, left_out=("c.py",), partial=("docs/b.md",))
    read_desk.jobs.play(event, Finished(request.job_id))
    assert received == [event]
    assert errors == []
    tree = read_desk.pane.tree.files.tree
    shares = {path: node.share for path in ("a.py", "docs/b.md") if (node := tree.find(path)) is not None}
    assert shares == {"a.py": Share.WHOLE, "docs/b.md": Share.PART}
    assert "1 in part" in read_desk.pane.consequence.text()


def test_files_edited_since_the_reading_get_their_new_figures_with_the_pack(read_desk: FolderDesk) -> None:
    read_desk.controller.pack(TURNS, "", lambda _event: None, lambda _report: None)
    job_id = read_desk.jobs.last.job_id
    read_desk.jobs.play(FilesRead(job_id, (FileRow("a.py", 300, 110, True),)), packed_event(read_desk.jobs.last))
    assert read_desk.pane.figures.text().startswith("130 of")


def test_a_failed_pack_is_told_and_a_cancelled_one_is_not(read_desk: FolderDesk) -> None:
    errors: list[ErrorReport] = []
    report = ErrorReport(ErrorCode.PROMPT_TOO_LONG, "Too long.")
    read_desk.controller.pack(TURNS, "", lambda _event: None, errors.append)
    read_desk.jobs.play(Failed(read_desk.jobs.last.job_id, report))
    job_id = read_desk.controller.pack(TURNS, "", lambda _event: None, errors.append)
    read_desk.controller.cancel_pack(job_id)
    assert errors == [report]


def test_packing_without_a_folder_fails_with_a_sentence(desk: FolderDesk) -> None:
    errors: list[ErrorReport] = []
    desk.controller.pack(TURNS, "", lambda _event: None, errors.append)
    assert errors[0].code is ErrorCode.USAGE
    assert desk.jobs.submitted == []


def test_a_dead_reader_is_told_and_read_again_before_the_next_question(read_desk: FolderDesk) -> None:
    report = ErrorReport(ErrorCode.PROCESS_GONE, "The reader process ended unexpectedly.")
    read_desk.controller.reader_gone(report)
    assert report.sentence in read_desk.notice()
    assert read_desk.paths() == {row.path for row in ROWS}
    before = len(read_desk.jobs.submitted)
    read_desk.controller.pack(TURNS, "", lambda _event: None, lambda _report: None)
    kinds = [type(request) for _, request in read_desk.jobs.submitted[before:]]
    assert kinds == [UseTokenizer, ReadProject, PackProject]


def test_a_failed_reading_shows_its_sentence_and_can_be_tried_again(desk: FolderDesk) -> None:
    desk.controller.set_model(model())
    desk.controller.open_folder("/gone")
    report = ErrorReport(ErrorCode.PROJECT_UNREADABLE, "The folder /gone is not there.", "Choose another folder.")
    desk.jobs.play(Failed(desk.reading().job_id, report))
    assert desk.notice() == report.text
    desk.controller.reload()
    assert desk.controller.is_reading


def test_another_tokenizer_counts_everything_again_and_the_same_one_does_not(read_desk: FolderDesk) -> None:
    readings = len(read_desk.requests(ReadProject))
    read_desk.controller.set_model(model(context_tokens=16384))
    assert len(read_desk.requests(ReadProject)) == readings
    assert "16.4k" in read_desk.pane.figures.text()
    read_desk.controller.set_model(model("hash-2"))
    assert len(read_desk.requests(ReadProject)) == readings + 1
    assert len(read_desk.requests(UseTokenizer)) == 2


def test_faults_are_shown_with_the_first_in_words(desk: FolderDesk) -> None:
    desk.controller.set_model(model())
    desk.controller.open_folder("/p")
    desk.finish_reading(faults=("The folder x could not be read: permission denied.", "second"))
    assert desk.notice() == "The folder x could not be read: permission denied. And 1 more place."


def test_closing_forgets_rows_wishes_and_ends_the_reading(read_desk: FolderDesk) -> None:
    read_desk.controller.reload()
    read_desk.controller.close_folder()
    assert read_desk.controller.root == ""
    assert read_desk.paths() == set()
    read_desk.controller.open_folder("/q")
    assert read_desk.reading().excluded == ()


def test_a_completion_model_is_not_rehearsed(desk: FolderDesk) -> None:
    desk.controller.set_model(replace(model(), prompt_format=PromptFormat.COMPLETION))
    desk.controller.open_folder("/p")
    desk.finish_reading()
    assert desk.requests(PackProject) == []


def test_refresh_shows_what_edited_files_cost_now_and_rehearses_again(desk: FolderDesk) -> None:
    desk.controller.set_model(model())
    desk.controller.refresh()
    desk.controller.open_folder("/p")
    desk.controller.refresh()
    assert not desk.requests(RefreshProject)  # nothing is read yet
    desk.finish_reading()
    rehearsals = len(desk.requests(PackProject))
    desk.controller.refresh()
    (request,) = desk.requests(RefreshProject)
    desk.jobs.play(Finished(request.job_id))
    assert len(desk.requests(PackProject)) == rehearsals
    desk.controller.refresh()
    job_id = desk.requests(RefreshProject)[-1].job_id
    desk.jobs.play(FilesRead(job_id, (FileRow("a.py", 31, 11, True),)), Finished(job_id))
    assert desk.controller.rows["a.py"].tokens == 11
    assert len(desk.requests(PackProject)) == rehearsals + 1


def test_texts_can_be_counted_with_the_loaded_models_tokenizer_alone(desk: FolderDesk) -> None:
    assert not desk.controller.can_count()
    desk.controller.set_model(model("hash-1"))
    assert desk.controller.can_count()
    desk.controller.set_model(model("hash-2"))
    assert desk.controller.can_count()
    assert len(desk.requests(UseTokenizer)) == 2
    desk.controller.set_model(None)
    assert not desk.controller.can_count()


def test_reader_that_died_gets_its_tokenizer_again_before_a_count(desk: FolderDesk) -> None:
    desk.controller.set_model(model())
    desk.controller.reader_gone(ErrorReport(ErrorCode.PROCESS_GONE, "The reader ended.", "Read again."))
    assert desk.controller.can_count()
    assert len(desk.requests(UseTokenizer)) == 2


def test_reader_that_died_with_a_folder_counts_only_after_the_folder_is_read_again(read_desk: FolderDesk) -> None:
    """Else a question would be packed from a folder that the new reader does not know."""
    read_desk.controller.reader_gone(ErrorReport(ErrorCode.PROCESS_GONE, "The reader ended.", "Read again."))
    assert not read_desk.controller.can_count()
    read_desk.controller.reload()
    assert read_desk.controller.can_count()

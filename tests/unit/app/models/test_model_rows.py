"""The rows of the Models dialog: what stands where, what can be done with it, and what is said of it."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from app.models.folders import FolderFound
from app.models.model_rows import STARTER_KEY, RowFacts, download_words, rows_of
from engine.errors import ErrorCode, ErrorReport
from engine.messages.jobs import Progress
from engine.model_plans import DownloadStage, DownloadState, FitState
from engine.model_rows import Act, ModelRow, ModelState
from engine.models.catalogue import CHECKPOINTS
from engine.models.nf4_cache import Nf4Copy
from engine.settings import ModelDefaults
from tests.machines import H200, PLAIN, gpu, machine
from tests.model_infos import model_info

STARTER = Path("/starter")
SEVEN = "codellama/CodeLlama-7b-Instruct-hf"
SEVENTY = "codellama/CodeLlama-70b-Instruct-hf"
THIRTEEN = next(checkpoint for checkpoint in CHECKPOINTS if checkpoint.id == "CodeLlama-13b-Instruct-hf")
FETCHED = FolderFound(
    Path("/models/CodeLlama-13b-Instruct-hf"),
    "CodeLlama-13b-Instruct-hf",
    26_000_000_000,
    THIRTEEN.shape,
    THIRTEEN,
    repo_id=THIRTEEN.repository,
    own_bytes=26_000_000_000,
)
ADDED = replace(FETCHED, path=Path("/disk/mine"), name="mine", repo_id="", own_bytes=0, is_added=True)


def row_of(key: str, facts: RowFacts) -> ModelRow:
    return next(row for row in rows_of(facts) if row.key == key)


def test_all_twelve_and_the_starter_are_there_with_size_licence_and_figures() -> None:
    rows = rows_of(RowFacts(STARTER, machine=machine(PLAIN, H200)))
    assert len(rows) == 13
    assert len({row.key for row in rows}) == 13
    for row in rows:
        words = dict(row.facts)
        assert "Licence" in words
        if row.key != STARTER_KEY:
            assert row.download_bytes > row.weights_bytes > 0
            assert "HumanEval" in words["Published"]
            assert row.acts == (Act.DOWNLOAD,)
            assert row.state is ModelState.ABSENT


@pytest.mark.parametrize(
    ("context_tokens", "state", "words"),
    [(4096, FitState.FITS, "Fits"), (16384, FitState.FITS, "Fits"), (100_000, FitState.FITS_UP_TO, "Up to")],
)
def test_fit_is_told_at_the_chosen_context(context_tokens: int, state: FitState, words: str) -> None:
    facts = RowFacts(STARTER, machine=machine(PLAIN, gpu(total_gib=24)), context_tokens=context_tokens)
    row = row_of(SEVEN, facts)
    assert row.fit is state
    assert row.fit_words.startswith(words)
    assert row.fit_sentence


def test_model_that_fits_only_with_less_context_says_so_on_its_button() -> None:
    facts = RowFacts(STARTER, folders=(FETCHED,), machine=machine(PLAIN, gpu(total_gib=24)), context_tokens=100_000)
    row = row_of(FETCHED.repo_id, facts)
    assert row.fit is FitState.FITS_UP_TO
    assert row.load_words.startswith("Load with ")


def test_70b_instruct_is_planned_with_its_own_4k_whatever_is_chosen() -> None:
    facts = RowFacts(STARTER, machine=machine(PLAIN, H200), context_tokens=100_000)
    row = row_of(SEVENTY, facts)
    assert row.fit is FitState.FITS
    assert "4,096 tokens" in row.fit_sentence


def test_nothing_is_claimed_before_the_computer_was_looked_at() -> None:
    row = row_of(SEVEN, RowFacts(STARTER))
    assert row.fit is None
    assert row.fit_words == "Not known"
    assert row.warnings == ()


def test_slow_processor_is_warned_of_at_each_large_model_and_not_at_the_starter() -> None:
    facts = RowFacts(STARTER, machine=machine(PLAIN, memory_gib=64))
    assert "AVX512-BF16" in " ".join(row_of(SEVEN, facts).warnings)
    assert row_of(STARTER_KEY, facts).warnings == ()


def test_own_defaults_of_a_model_count_for_its_fit() -> None:
    defaults = {str(ADDED.path): ModelDefaults(str(ADDED.path), context_tokens=4096, device="cpu")}
    facts = RowFacts(STARTER, folders=(ADDED,), machine=machine(PLAIN, H200, memory_gib=64), defaults=defaults)
    row = row_of(str(ADDED.path), facts)
    assert "4,096 tokens" in row.fit_sentence
    assert "in this computer" in row.fit_sentence


def test_chosen_gpu_that_is_not_there_is_no_fit_and_says_why() -> None:
    defaults = {str(ADDED.path): ModelDefaults(str(ADDED.path), device="cuda")}
    facts = RowFacts(STARTER, folders=(ADDED,), machine=machine(PLAIN, memory_gib=64), defaults=defaults)
    row = row_of(str(ADDED.path), facts)
    assert row.fit is FitState.DOES_NOT_FIT
    assert "No GPU can be used" in row.fit_sentence


def test_terms_that_came_with_a_model_can_be_read() -> None:
    with_terms = replace(ADDED, terms=(ADDED.path / "LICENSE.txt",))
    assert Act.TERMS in row_of(str(ADDED.path), RowFacts(STARTER, folders=(with_terms,))).acts
    assert Act.TERMS not in row_of(str(ADDED.path), RowFacts(STARTER, folders=(ADDED,))).acts


def test_downloaded_model_takes_its_row_and_an_added_one_gets_its_own() -> None:
    rows = rows_of(RowFacts(STARTER, folders=(FETCHED, ADDED)))
    assert len(rows) == 14
    fetched, added = (next(row for row in rows if row.key == key) for key in (FETCHED.repo_id, str(ADDED.path)))
    assert (fetched.state, fetched.folder) == (ModelState.ON_DISK, str(FETCHED.path))
    assert fetched.acts == added.acts == (Act.LOAD, Act.DEFAULTS, Act.INSPECT, Act.REMOVE)
    assert added.section != fetched.section
    assert added.name == "mine"


def test_download_from_the_publishers_own_repository_is_the_same_row_under_its_own_name() -> None:
    gated = THIRTEEN.gated_repository
    rows = rows_of(RowFacts(STARTER, folders=(replace(FETCHED, repo_id=gated),)))
    assert len(rows) == 13
    assert next(row for row in rows if row.key == gated).state is ModelState.ON_DISK
    state = DownloadState(gated, DownloadStage.PAUSED, 1, 4)
    rows = rows_of(RowFacts(STARTER, downloads={gated: state}))
    assert next(row for row in rows if row.key == gated).acts == (Act.RESUME, Act.CANCEL)


def test_download_that_the_catalogue_does_not_know_can_be_gone_on_with() -> None:
    fault = ErrorReport(ErrorCode.MODEL_INVALID, "1 of 2 weight files is missing.")
    other = replace(FETCHED, path=Path("/models/other"), name="other", repo_id="o/other", checkpoint=None, fault=fault)
    state = DownloadState("o/other", DownloadStage.PAUSED, 1, 4)
    row = row_of("o/other", RowFacts(STARTER, folders=(other,), downloads={"o/other": state}))
    assert (row.state, row.acts) == (ModelState.PAUSED, (Act.RESUME, Act.CANCEL))


def test_folder_that_lacuna_did_not_bring_and_nobody_added_cannot_be_removed() -> None:
    found = replace(ADDED, is_added=False)
    assert Act.REMOVE not in row_of(str(found.path), RowFacts(STARTER, folders=(found,))).acts


def test_damaged_folder_says_what_is_wrong_and_offers_no_loading() -> None:
    fault = ErrorReport(ErrorCode.MODEL_INVALID, "1 of 3 weight files is missing.", "Download it again.")
    added = row_of(str(ADDED.path), RowFacts(STARTER, folders=(replace(ADDED, fault=fault),)))
    assert (added.state, added.fault) == (ModelState.FAULTY, "1 of 3 weight files is missing. Download it again.")
    assert added.acts == (Act.REMOVE,)
    fetched = row_of(FETCHED.repo_id, RowFacts(STARTER, folders=(replace(FETCHED, fault=fault),)))
    assert fetched.acts == (Act.DOWNLOAD, Act.REMOVE)


def test_4_bit_copy_can_be_removed_alone_and_a_left_over_one_has_a_row_of_its_own() -> None:
    copy = Nf4Copy("c" * 64, Path("/cache/c"), "mine", "/disk/mine", 3_900_000_000, 0.0, 1, ())
    row = row_of(str(ADDED.path), RowFacts(STARTER, folders=(replace(ADDED, copy=copy),)))
    assert row.acts == (Act.LOAD, Act.DEFAULTS, Act.INSPECT, Act.FREE, Act.REMOVE)
    assert "3.9 GB" in dict(row.facts)["4-bit copy"]
    left = rows_of(RowFacts(STARTER, left_over=(copy,)))[-1]
    assert (left.state, left.acts, left.fit) == (ModelState.LEFT_OVER, (Act.FREE,), None)


def test_loading_model_can_only_be_stopped_and_tells_its_stage() -> None:
    facts = RowFacts(
        STARTER,
        folders=(FETCHED,),
        loading=FETCHED.path,
        progress=Progress("job", "Reading the weights", 1, 4),
    )
    row = row_of(FETCHED.repo_id, facts)
    assert (row.state, row.fraction, row.acts) == (ModelState.LOADING, 0.25, (Act.STOP,))
    assert row.state_words == "Reading the weights 25 %"


def test_loaded_model_says_why_it_runs_where_it_runs_and_is_not_removed_while_it_is_in_use() -> None:
    loaded = model_info(folder=str(FETCHED.path), device_reason="On the processor: no GPU was found.")
    row = row_of(FETCHED.repo_id, RowFacts(STARTER, folders=(FETCHED,), loaded=loaded))
    assert row.state is ModelState.LOADED
    assert "no GPU was found" in row.state_words
    assert row.acts == (Act.UNLOAD, Act.DEFAULTS, Act.INSPECT)


def test_loaded_model_is_offered_again_with_another_context_once_one_is_chosen() -> None:
    loaded = model_info(folder=str(FETCHED.path), context_tokens=16384)
    facts = RowFacts(STARTER, folders=(FETCHED,), machine=machine(PLAIN, H200), loaded=loaded)
    assert row_of(FETCHED.repo_id, facts).acts == (Act.UNLOAD, Act.DEFAULTS, Act.INSPECT)
    row = row_of(FETCHED.repo_id, replace(facts, context_tokens=8192))
    assert row.acts == (Act.LOAD, Act.UNLOAD, Act.DEFAULTS, Act.INSPECT)
    assert row.load_words == "Reload with 8.2k of context"


@pytest.mark.parametrize(
    ("stage", "place", "acts"),
    [
        (DownloadStage.WAITING, ModelState.DOWNLOADING, (Act.PAUSE, Act.CANCEL)),
        (DownloadStage.DOWNLOADING, ModelState.DOWNLOADING, (Act.PAUSE, Act.CANCEL)),
        (DownloadStage.CHECKING, ModelState.DOWNLOADING, (Act.PAUSE, Act.CANCEL)),
        (DownloadStage.PAUSED, ModelState.PAUSED, (Act.RESUME, Act.CANCEL)),
        (DownloadStage.FAILED, ModelState.CUT, (Act.RESUME, Act.CANCEL)),
    ],
)
def test_download_is_told_and_can_be_stopped_or_gone_on_with(
    stage: DownloadStage, place: ModelState, acts: tuple[Act, ...]
) -> None:
    state = DownloadState(SEVEN, stage, 3_000_000_000, 12_000_000_000, sentence="The hub is away. Try later.")
    row = row_of(SEVEN, RowFacts(STARTER, downloads={SEVEN: state}))
    assert (row.state, row.fraction, row.acts) == (place, 0.25, acts)
    assert bool(row.fault) is (stage is DownloadStage.FAILED)
    assert "The hub is away" in row.fault or "25 %" in row.state_words


def test_finished_download_is_an_ordinary_model_on_disk() -> None:
    state = DownloadState(FETCHED.repo_id, DownloadStage.DONE, 5, 5)
    facts = RowFacts(STARTER, folders=(FETCHED,), downloads={FETCHED.repo_id: state})
    assert row_of(FETCHED.repo_id, facts).state is ModelState.ON_DISK


def test_download_in_words_has_rate_and_time_left() -> None:
    state = DownloadState(SEVEN, DownloadStage.DOWNLOADING, 5_800_000_000, 13_500_000_000, 12e6, 640.0)
    assert download_words(state) == "Downloading 42 %: 5.8 GB of 13.5 GB, 12 MB a second, 11 min left"


def test_folder_of_undecodable_bytes_keeps_its_key_and_shows_readable_words() -> None:
    odd = replace(ADDED, path=Path(os.fsdecode(b"/disk/caf\xe9")), name="caf\ufffd")
    row = row_of(str(odd.path), RowFacts(STARTER, folders=(odd,)))
    assert row.folder == str(odd.path)
    for words in (row.name, row.title, *(words for _, words in row.facts)):
        words.encode("utf-8")

"""Computes the model rows, with state and acts, from catalogue, folders, downloads and machine.

Pure decisions; `model_list.py` shows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.models.advice import recommend
from app.models.facts import checkpoint_facts, copy_facts, folder_facts, sentence_of, short_name, size_facts, variant_of
from app.models.fit import fit_of, warnings_of
from app.models.folders import FolderFound
from app.models.load_choice import wanted_context
from engine.messages.jobs import Progress
from engine.messages.machine import MachineFacts, ModelInfo
from engine.model_plans import DownloadStage, DownloadState, Fit, FitState
from engine.model_rows import Act, ModelRow, ModelState
from engine.models.catalogue import CHECKPOINTS, STARTER_NAME, Checkpoint
from engine.models.config_file import LlamaShape
from engine.models.nf4_cache import Nf4Copy
from engine.settings import CONTEXT_TOKENS, ModelDefaults
from engine.shown import count, duration, path_text, size, stage_of
from engine.starter_words import BUILD_IT, starter_words

STARTER_KEY = "starter"
_SECTIONS = (("Instruct: answers", "Instruct"), ("Base: continues text", ""), ("Python: continues Python", "Python"))
_OWN = "On this computer"
_NO_DEFAULTS = ModelDefaults("")
_STARTER_FACTS = (("Answers", "yes, often half right"), ("Fills gaps", "lines"), ("Licence", "Apache License 2.0"))


@dataclass(frozen=True, slots=True)
class RowFacts:
    """The facts that decide the rows.

    `downloads` are by repository id, `defaults` by folder. `loading` is the folder that is being loaded, `progress` its
    progress.
    """

    starter: Path
    starter_parameters: int = 135_000_000  # as many as the one that ships has; 0 where there is none
    folders: tuple[FolderFound, ...] = ()
    left_over: tuple[Nf4Copy, ...] = ()
    downloads: Mapping[str, DownloadState] = field(default_factory=dict)
    machine: MachineFacts | None = None
    context_tokens: int = CONTEXT_TOKENS
    defaults: Mapping[str, ModelDefaults] = field(default_factory=dict)
    loaded: ModelInfo | None = None
    loading: Path | None = None
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class _Now:
    """The present state of one model."""

    state: ModelState
    words: str = ""
    fraction: float | None = None
    acts: tuple[Act, ...] = ()
    fault: str = ""


def rows_of(facts: RowFacts) -> tuple[ModelRow, ...]:
    """All rows, section by section: Instruct models first, because they answer; other folders of this computer last."""
    fetched = {folder.repo_id: folder for folder in facts.folders if folder.repo_id}
    advised = recommend(facts.machine).key
    rows = [
        _catalogue_row(checkpoint, section, fetched, facts, advised)
        for section, variant in _SECTIONS
        for checkpoint in CHECKPOINTS
        if variant_of(checkpoint) == variant
    ]
    rows.append(_starter_row(facts))
    shown = {row.folder for row in rows}
    rows += [_folder_row(folder, facts) for folder in facts.folders if str(folder.path) not in shown]
    return (*rows, *(_left_over_row(copy) for copy in facts.left_over))


def left_over_key(copy: Nf4Copy) -> str:
    """The key for a row of a 4-bit copy alone; no repository or path begins with it."""
    return f"copy:{copy.key}"


def download_words(download: DownloadState) -> str:
    """A download in one line: "Downloading 43 %: 5.8 of 13.5 GB, 12 MB a second, 11 min left"."""
    if download.stage is DownloadStage.FAILED:
        return download.sentence
    words = download.stage.value
    if download.total_bytes > 0:
        percent = int(100 * download.done_bytes / download.total_bytes)
        words += f" {percent} %: {size(download.done_bytes)} of {size(download.total_bytes)}"
    if download.rate > 0:
        words += f", {size(round(download.rate))} a second"
    if download.remaining_s is not None:
        words += f", {duration(download.remaining_s)} left"
    return words


# --- rows -------------------------------------------------------------------------------------------------------------


def _catalogue_row(
    checkpoint: Checkpoint, section: str, fetched: Mapping[str, FolderFound], facts: RowFacts, advised: str
) -> ModelRow:
    """The row of a checkpoint. Its key is the publisher's own repository if the files come from there."""
    sources = (checkpoint.repository, checkpoint.gated_repository)
    key = next((source for source in sources if source in fetched or source in facts.downloads), checkpoint.repository)
    folder = fetched.get(key)
    now = _now(folder.path if folder else None, folder, facts, facts.downloads.get(key))
    return _row(
        key,
        short_name(checkpoint),
        section,
        facts,
        now,
        checkpoint=checkpoint,
        folder=folder,
        is_recommended=checkpoint.repository == advised,
    )


def _folder_row(folder: FolderFound, facts: RowFacts) -> ModelRow:
    """The row of an added folder, or of one in Lacuna's models folder that the catalogue does not know."""
    now = _now(folder.path, folder, facts, facts.downloads.get(folder.repo_id))
    key = folder.repo_id or str(folder.path)
    return _row(key, folder.name, _OWN, facts, now, checkpoint=folder.checkpoint, folder=folder)


def _row(
    key: str,
    name: str,
    section: str,
    facts: RowFacts,
    now: _Now,
    *,
    checkpoint: Checkpoint | None,
    folder: FolderFound | None,
    is_recommended: bool = False,
) -> ModelRow:
    chosen = facts.defaults.get(str(folder.path), _NO_DEFAULTS) if folder else _NO_DEFAULTS
    shape = folder.shape if folder and folder.shape else checkpoint.shape if checkpoint else None
    wanted = wanted_context(checkpoint, shape, chosen, facts.context_tokens) if shape else facts.context_tokens
    fit = fit_of(shape, facts.machine, wanted, chosen.device)
    again = _again_words(fit, facts.loaded) if now.state is ModelState.LOADED else ""
    is_catalogued = section != _OWN
    return ModelRow(
        key=key,
        name=name,
        title=f"Code Llama {name}" if is_catalogued else name,
        section=section,
        good_for=_good_for(checkpoint, shape),
        fit=fit.state if fit else None,
        fit_words=_fit_words(fit),
        fit_sentence=fit.sentence if fit else "",
        download_bytes=checkpoint.download_bytes if checkpoint and is_catalogued else 0,
        weights_bytes=fit.weights_bytes if fit else 0,
        score=f"{checkpoint.figures.humaneval[0]:.1f}" if checkpoint else "",
        facts=(
            *(folder_facts(folder) if folder else ()),
            *(copy_facts(folder) if folder else ()),
            *(size_facts(checkpoint if is_catalogued else None, fit)),
            *(checkpoint_facts(checkpoint) if checkpoint else ()),
        ),
        state=now.state,
        state_words=now.words,
        fraction=now.fraction,
        fault=now.fault,
        folder=str(folder.path) if folder else "",
        acts=(Act.LOAD, *now.acts) if again else now.acts,
        load_words=again or _load_words(fit),
        warnings=warnings_of(shape, facts.machine, chosen.device),
        is_recommended=is_recommended,
    )


def _starter_row(facts: RowFacts) -> ModelRow:
    now = _now(facts.starter, None, facts, None)
    if facts.starter_parameters == 0:
        now = _Now(ModelState.FAULTY, fault=BUILD_IT)
    return ModelRow(
        key=STARTER_KEY,
        name=STARTER_NAME,
        title=STARTER_NAME,
        section=_OWN,
        good_for=starter_words(facts.starter_parameters),
        fit=FitState.FITS,
        fit_words="Fits",
        fit_sentence="It fits everywhere.",
        download_bytes=0,
        weights_bytes=0,
        score="",
        facts=(("Parameters", count(facts.starter_parameters)), *_STARTER_FACTS),
        state=now.state,
        state_words=now.words,
        fraction=now.fraction,
        fault=now.fault,
        folder=str(facts.starter),
        acts=now.acts,
    )


def _left_over_row(copy: Nf4Copy) -> ModelRow:
    """The row of a 4-bit copy whose model is gone; it can only be removed."""
    return ModelRow(
        key=left_over_key(copy),
        name=f"4-bit copy of {copy.name}",
        title=f"4-bit copy of {copy.name}",
        section=_OWN,
        good_for="What loading this model once left in Lacuna's cache. Its folder is not on the list any more.",
        fit=None,
        fit_words="",
        fit_sentence="",
        download_bytes=0,
        weights_bytes=copy.size_bytes,
        score="",
        facts=(("Made of", path_text(copy.source)), ("On disk", size(copy.size_bytes))),
        state=ModelState.LEFT_OVER,
        acts=(Act.FREE,),
    )


def _now(path: Path | None, folder: FolderFound | None, facts: RowFacts, download: DownloadState | None) -> _Now:
    """State and acts. Removing is offered only for a model not in use, so that no open file is deleted."""
    if path is not None and facts.loading == path:
        stage = stage_of(facts.progress) if facts.progress else None
        return _Now(ModelState.LOADING, stage.text if stage else "", stage.fraction if stage else None, (Act.STOP,))
    if path is not None and facts.loaded is not None and Path(facts.loaded.folder) == path:
        words = f"{facts.loaded.context_tokens:,} tokens of context. {facts.loaded.device_reason}"
        return _Now(ModelState.LOADED, words, None, (Act.UNLOAD, Act.DEFAULTS, *_readings(folder)))
    if download is not None and download.stage is not DownloadStage.DONE:
        return _download_now(download)
    if path is None:
        return _Now(ModelState.ABSENT, acts=(Act.DOWNLOAD,))
    removable = _removals(folder)
    if folder is not None and folder.fault is not None:
        again = (Act.DOWNLOAD,) if folder.repo_id else ()
        return _Now(ModelState.FAULTY, "", None, (*again, *removable), folder.fault.text)
    return _Now(ModelState.ON_DISK, "", None, (Act.LOAD, Act.DEFAULTS, *_readings(folder), *removable))


def _readings(folder: FolderFound | None) -> tuple[Act, ...]:
    """What there is to read of a folder; nothing of the demonstration model, which is no folder of the person's."""
    if folder is None:
        return ()
    return (Act.INSPECT, Act.TERMS) if folder.terms else (Act.INSPECT,)


def _removals(folder: FolderFound | None) -> tuple[Act, ...]:
    if folder is None:
        return ()
    copy = (Act.FREE,) if folder.copy is not None else ()
    return (*copy, Act.REMOVE) if folder.repo_id or folder.is_added else copy


def _download_now(download: DownloadState) -> _Now:
    fraction = download.done_bytes / download.total_bytes if download.total_bytes > 0 else None
    words = download_words(download)
    match download.stage:
        case DownloadStage.FAILED:
            return _Now(ModelState.CUT, "", fraction, (Act.RESUME, Act.CANCEL), words)
        case DownloadStage.PAUSED:
            return _Now(ModelState.PAUSED, words, fraction, (Act.RESUME, Act.CANCEL))
        case _:
            return _Now(ModelState.DOWNLOADING, words, fraction, (Act.PAUSE, Act.CANCEL))


def _good_for(checkpoint: Checkpoint | None, shape: LlamaShape | None) -> str:
    if checkpoint is not None:
        return sentence_of(checkpoint.good_for)
    return "" if shape is None else "A Llama model that the catalogue does not know."


def _fit_words(fit: Fit | None) -> str:
    match fit:
        case None:
            return "Not known"
        case Fit(state=FitState.FITS):
            return "Fits"
        case Fit(state=FitState.FITS_UP_TO):
            return f"Up to {count(fit.context_tokens)}"
        case _:
            return "Does not fit"


def _again_words(fit: Fit | None, loaded: ModelInfo | None) -> str:
    """The offer to reload if the loaded model would get another context now; "" if it would not."""
    if fit is None or loaded is None or fit.context_tokens in (0, loaded.context_tokens):
        return ""
    return f"Reload with {count(fit.context_tokens)} of context"


def _load_words(fit: Fit | None) -> str:
    """The label of the button that loads; it names the context if that is shorter than the chosen one."""
    if fit is not None and fit.state is FitState.FITS_UP_TO:
        return f"Load with {count(fit.context_tokens)} of context"
    return Act.LOAD.value

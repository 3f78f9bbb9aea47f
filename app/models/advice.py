"""Recommends a model for this computer, and words the limits of long contexts; without Qt."""

from app.models.facts import variant_of
from app.models.fit import fit_of, warnings_of
from engine.messages.machine import GpuState, MachineFacts
from engine.model_plans import Fit, FitState
from engine.model_rows import Recommendation
from engine.models.catalogue import CHECKPOINTS, STARTER_NAME, Checkpoint, Infilling, context_limit
from engine.settings import CONTEXT_TOKENS
from engine.shown import count, size

CONTEXT_CHOICES = (4096, 8192, 16384, 32768, 65536, 100_000)


def recommend(machine: MachineFacts | None) -> Recommendation:
    """The largest Instruct model that fits with 16k of context, else the largest that fits at all, else the starter.

    On a processor it is the smallest one, as time grows with the weights. If even that would take seconds per token,
    the starter is recommended, with the reason.
    """
    if machine is None:
        return Recommendation("", "", "", "", "")
    instruct = [checkpoint for checkpoint in CHECKPOINTS if variant_of(checkpoint) == "Instruct"]
    fits = [(checkpoint, fit) for checkpoint in instruct if (fit := _fit(checkpoint, machine))]
    runs = [(checkpoint, fit) for checkpoint, fit in fits if fit.state is not FitState.DOES_NOT_FIT]
    if not runs:
        return _starter(f"No Code Llama fits here. {fits[0][1].sentence}")
    if slow := warnings_of(runs[0][0].shape, machine):
        return _starter(" ".join(slow))
    if machine.gpu_state is not GpuState.FINE:
        return _advice(*runs[0])
    whole = [(checkpoint, fit) for checkpoint, fit in runs if fit.context_tokens >= CONTEXT_TOKENS]
    return _advice(*(whole or runs)[-1])


def context_note(context_tokens: int) -> str:
    """A caution about a context of that length; "" within the length that the models were trained on."""
    if context_tokens <= CONTEXT_TOKENS:
        return ""
    return (
        "The models were trained on 16k tokens. They accept up to 100k, but beyond 16k recall falls unevenly, and the "
        "beginning of a long prompt may go unread. 70B Instruct and 70B Python stay at 4k."
    )


def _fit(checkpoint: Checkpoint, machine: MachineFacts) -> Fit | None:
    context_tokens = min(CONTEXT_TOKENS, context_limit(checkpoint, checkpoint.shape))
    return fit_of(checkpoint.shape, machine, context_tokens)


def _advice(checkpoint: Checkpoint, fit: Fit) -> Recommendation:
    fills = (
        "It answers and fills gaps."
        if checkpoint.infilling is Infilling.YES
        else "It answers, but does not fill gaps for certain: 7B and 13B Instruct do."
    )
    return Recommendation(
        checkpoint.repository,
        f"Code Llama {checkpoint.size} Instruct",
        f"{fit.sentence} {fills}",
        f"{size(checkpoint.download_bytes)} to download, {size(fit.weights_bytes)} in 4 bits, "
        f"{count(fit.context_tokens)} tokens of context",
        f"Get Code Llama {checkpoint.size} Instruct…",
    )


def _starter(why: str) -> Recommendation:
    return Recommendation("", STARTER_NAME, "Begin with the demonstration model.", "", "", (why,))

"""Whether a model fits this computer at a context length, and warnings before it is loaded; without Qt."""

from engine.errors import LacunaError
from engine.messages.machine import MachineFacts
from engine.model_plans import Fit, FitState
from engine.models.config_file import LlamaShape
from engine.models.device import choose_placement, fit_on


def fit_of(
    shape: LlamaShape | None, machine: MachineFacts | None, context_tokens: int, device: str = "auto"
) -> Fit | None:
    """Whether a model of that shape fits the device it would run on; None while machine or shape is unknown."""
    if machine is None or shape is None:
        return None
    try:
        return fit_on(machine, shape, context_tokens, device)
    except LacunaError as error:  # the device chosen for it can't be used
        return Fit(FitState.DOES_NOT_FIT, error.report.text, 0, 0, 0, 0)


def warnings_of(shape: LlamaShape | None, machine: MachineFacts | None, device: str = "auto") -> tuple[str, ...]:
    """Warnings to read before loading, for example that this processor is slow."""
    if machine is None or shape is None:
        return ()
    try:
        return choose_placement(machine, device, shape.parameters).warnings
    except LacunaError:
        return ()  # the fit already says why it can't run

"""Completion prompts: a text to be continued, for models without chat."""

from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Stop
from engine.prompts.fitting import Fitted, fit_end
from engine.prompts.held_space import holds_space
from engine.prompts.prompt import PartName, Prompt, Section, control, place
from engine.prompts.text import normalise_line_ends
from engine.tokens.vocabulary import Vocabulary


def build_completion(
    vocabulary: Vocabulary, text: str, limit_tokens: int | None = None, *, hold_space: bool = False
) -> Prompt:
    """BOS and the text; of a text above `limit_tokens` the end is kept.

    With `hold_space` a prompt that would end inside a token ends before the text's last space, with which the
    continuation must then begin. Raises LacunaError (PROMPT_TOO_LONG) where nothing of the text fits.
    """
    if limit_tokens is not None and limit_tokens < 2:
        raise LacunaError(
            ErrorCode.PROMPT_TOO_LONG,
            f"There is no room for the text that is to be continued: {limit_tokens:,} tokens are left for it.",
            "Ask for a shorter continuation, or load a model with a longer context.",
        )
    normalised = normalise_line_ends(text)
    held = hold_space and holds_space(vocabulary, normalised)
    if held:
        normalised = normalised[:-1]
    if limit_tokens is None:
        fitted = Fitted(vocabulary.encode(normalised), trimmed=False)
    else:
        fitted = fit_end(vocabulary, normalised, limit_tokens - 1)
    ids, parts = place([control(vocabulary.bos), Section(PartName.TEXT, fitted.ids)])
    stop = {vocabulary.eos: Stop.EOS}
    return Prompt(
        ids,
        parts,
        stop=stop,
        drop_leading_space=held or not normalised,  # at the start of a text the implicit space
        first_ids=vocabulary.space_first.union(stop) if held else frozenset(),
        trimmed=fitted.trimmed,
    )

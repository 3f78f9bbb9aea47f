"""Infilling prompts in both orders, as the authors build them (meta-llama/codellama, infilling_prompt_tokens)."""

from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Stop
from engine.messages.prompts import Order
from engine.prompts.fitting import Fitted, fit_end, fit_start
from engine.prompts.held_space import holds_space
from engine.prompts.prompt import PartName, Prompt, Section, control, place
from engine.prompts.text import normalise_line_ends
from engine.tokens.vocabulary import Vocabulary

_CONTROL_TOKENS = 4  # BOS and three marks
_SUFFIX_SHARE = 4  # of a text that is too long, a quarter of the room goes to what follows the gap


def build_infill(
    vocabulary: Vocabulary,
    prefix: str,
    suffix: str,
    order: Order,
    limit_tokens: int | None = None,
    *,
    hold_space: bool = False,
) -> Prompt:
    """The prompt for what stands between `prefix` and `suffix`, in at most `limit_tokens`.

    Of a text that is too long, the part nearest to the gap is kept. With `hold_space` an SPM prompt that would
    end inside a token, as none did in training, ends before the prefix's last space, with which the middle must then
    begin; the detokenizer takes it off again. Raises LacunaError: UNSUPPORTED
    for a model without the four marks, PROMPT_TOO_LONG where nothing of the text fits.
    """
    marks = vocabulary.marks
    if marks is None:
        raise LacunaError(
            ErrorCode.UNSUPPORTED,
            "This model cannot fill gaps: its vocabulary lacks the marks for it.",
            "Load a model that can, such as Code Llama 7B or 13B, base or Instruct.",
        )
    prefix = normalise_line_ends(prefix)
    held = hold_space and order is Order.SPM and holds_space(vocabulary, prefix)
    if held:
        prefix = prefix[:-1]
    before, after = _fit(vocabulary, prefix, normalise_line_ends(suffix), limit_tokens)
    before_gap, after_gap = Section(PartName.PREFIX, before.ids), Section(PartName.SUFFIX, after.ids)
    bos, pre, suf, mid = (control(token_id) for token_id in (vocabulary.bos, marks.pre, marks.suf, marks.mid))
    match order:
        case Order.PSM:
            sections = [bos, pre, before_gap, suf, after_gap, mid]
        case Order.SPM:
            sections = [bos, pre, suf, after_gap, mid, before_gap]
    ids, parts = place(sections)
    # In SPM training prefix and middle were one text: without a prefix the implicit space is the middle's.
    is_start = order is Order.SPM and not prefix
    stop = {marks.eot: Stop.EOT, vocabulary.eos: Stop.EOS}
    return Prompt(
        ids,
        parts,
        stop=stop,
        drop_leading_space=held or is_start,
        first_ids=vocabulary.space_first.union(stop) if held else frozenset(),
        trimmed=before.trimmed or after.trimmed,
    )


def choose_order(prefix: str, default: Order) -> Order:
    """The order for a gap behind `prefix`, by a model whose better order is `default`.

    SPM training never cut a token in two, so a gap inside a word is PSM's, by more than SPM is ahead elsewhere.
    """
    inside_word = prefix[-1:].isalnum() or prefix.endswith("_")
    return Order.PSM if inside_word else default


def _fit(vocabulary: Vocabulary, prefix: str, suffix: str, limit_tokens: int | None) -> tuple[Fitted, Fitted]:
    """Prefix and suffix cut to the limit; the part of its share that one does not need goes to the other."""
    if limit_tokens is None:
        whole = Fitted(vocabulary.encode(prefix), trimmed=False)
        return whole, Fitted(vocabulary.encode_bare(suffix), trimmed=False)
    room = limit_tokens - _CONTROL_TOKENS
    if room < 1:
        raise LacunaError(
            ErrorCode.PROMPT_TOO_LONG,
            f"There is no room for the text around the gap: {limit_tokens:,} tokens are left for it.",
            "Ask for a shorter fill, or load a model with a longer context.",
        )
    after = fit_start(vocabulary, suffix, room)
    before = fit_end(vocabulary, prefix, max(room - len(after.ids), room - room // _SUFFIX_SHARE))
    return before, fit_start(vocabulary, suffix, room - len(before.ids))

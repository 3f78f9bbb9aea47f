"""Chat prompts: turns, a system text and a project as token ids. The oldest turns are dropped if room is short."""

from collections.abc import Sequence
from itertools import accumulate

from engine.errors import ErrorCode, LacunaError
from engine.messages.chat_wordings import WORDINGS
from engine.messages.project import Packed
from engine.messages.prompts import ChatWording, PromptFormat, Speaker, Turn
from engine.prompts.inst import InstLayout
from engine.prompts.layout import ChatLayout, Exchange, Opening
from engine.prompts.prompt import PartName, Prompt, Section, count_tokens, place, unpack_ids
from engine.prompts.text import disarm, normalise_line_ends
from engine.prompts.turns import TurnsLayout
from engine.prompts.worded import WordedLayout
from engine.tokens.vocabulary import Vocabulary

_HISTORY_SHARE = 3  # beside a project, the exchanges before the question get at most a third of the context


def build_chat(
    vocabulary: Vocabulary,
    prompt_format: PromptFormat,
    turns: Sequence[Turn],
    system: str = "",
    project: Packed | None = None,
    limit_tokens: int | None = None,
    step: int | None = None,
    wording: ChatWording | None = None,
) -> Prompt:
    """The prompt for an answer to the last turn, in at most `limit_tokens` (None: however long it gets).

    The oldest exchanges are dropped until the rest fits; system text, project and last question always stay. `step`
    stands in for the vocabulary's own mark at the end of a 70B turn, for a tokenizer file that lacks it; `wording` for
    a format's published words, where a model's own template has others. Raises
    LacunaError: USAGE for turns that do not alternate or a project of another tokenizer, UNSUPPORTED for a model
    without chat, PROMPT_TOO_LONG.
    """
    layout = _layout(vocabulary, prompt_format, wording, step)
    exchanges = _exchanges(turns, layout)
    clean_system, system_disarmed = _clean(system, layout)
    opening = Opening(clean_system, () if project is None else _project_sections(vocabulary, project))
    later = [layout.encode_later(exchange) for exchange in exchanges]
    dropped, first = _drop_oldest(layout, opening, exchanges, later, limit_tokens)
    ids, parts = place([*first, *(section for sections in later[dropped + 1 :] for section in sections)])
    return Prompt(
        ids,
        parts,
        stop=layout.stop,
        drop_leading_space=layout.drops_space,
        disarmed=system_disarmed
        or (project is not None and project.disarmed)
        or any(exchange.disarmed for exchange in exchanges[dropped:]),
        dropped_turns=2 * dropped,
        stop_texts=layout.stop_texts,
    )


def fixed_tokens(
    vocabulary: Vocabulary,
    prompt_format: PromptFormat,
    turns: Sequence[Turn],
    system: str,
    context_tokens: int,
    wording: ChatWording | None = None,
) -> int:
    """The number of tokens of a prompt with a project, without the project's own ids.

    The exchanges before the last question count up to a third of the context; beyond that `build_chat` drops them, so a
    project that fills `limit_tokens` less this number always fits. Raises as `build_chat` does, but for the length.
    """
    layout = _layout(vocabulary, prompt_format, wording)
    exchanges = _exchanges(turns, layout)
    sizes = [count_tokens(layout.encode_later(exchange)) for exchange in exchanges]
    newest_first = accumulate(reversed(sizes[:-1]))
    kept = sum(tokens <= context_tokens // _HISTORY_SHARE for tokens in newest_first)
    one_line = Opening(_clean(system, layout)[0], [Section(PartName.PROJECT, (vocabulary.line_feed,))])
    first = layout.encode_first(one_line, exchanges[-1 - kept])
    return count_tokens(first) - count_tokens(one_line.project) + sum(sizes[len(sizes) - kept :])


def _layout(
    vocabulary: Vocabulary, prompt_format: PromptFormat, wording: ChatWording | None, step: int | None = None
) -> ChatLayout:
    match prompt_format:
        case PromptFormat.INST:
            return InstLayout(vocabulary)
        case PromptFormat.TURNS:
            return TurnsLayout(vocabulary, step)
        case PromptFormat.COMPLETION:
            raise LacunaError(
                ErrorCode.UNSUPPORTED,
                "This model has no chat: it only continues a text.",
                "Load an Instruct model to ask questions, or let this one complete code.",
            )
        case _:
            return WordedLayout(vocabulary, wording or WORDINGS[prompt_format])


def _exchanges(turns: Sequence[Turn], layout: ChatLayout) -> list[Exchange]:
    """The turns as pairs of question and answer; the last pair has no answer."""
    speakers = [turn.speaker for turn in turns]
    alternating = [Speaker.ASSISTANT if index % 2 else Speaker.USER for index in range(len(turns))]
    if speakers != alternating or len(turns) % 2 == 0:
        raise LacunaError(
            ErrorCode.USAGE,
            "The turns of a chat must alternate, starting and ending with the person's.",
            "Ask the question again in a new chat.",
            detail=f"speakers: {', '.join(speakers) or 'none'}",
        )
    texts = [_clean(turn.text, layout) for turn in turns]
    to = [turn.destination for turn in turns]
    exchanges = [
        Exchange(question, answer, question_disarmed or answer_disarmed, question_to, answer_to)
        for (question, question_disarmed), (answer, answer_disarmed), question_to, answer_to in zip(
            texts[:-1:2], texts[1::2], to[:-1:2], to[1::2], strict=True
        )
    ]
    last_question, last_disarmed = texts[-1]
    return [*exchanges, Exchange(last_question, None, last_disarmed, to[-1])]


def _clean(text: str, layout: ChatLayout) -> tuple[str, bool]:
    normalised = normalise_line_ends(text)
    return (normalised, False) if layout.tags is None else disarm(normalised, layout.tags)


def _project_sections(vocabulary: Vocabulary, project: Packed) -> Sequence[Section]:
    """A packed project as its outline and its files."""
    ids = _project_ids(vocabulary, project)
    borders = [project.outline_tokens, *(span.stop for span in project.spans), len(ids)]
    if borders != sorted(borders):
        borders = [0, *(0 for _ in project.spans), len(ids)]  # labels are cosmetic: don't refuse the prompt over them
    sections = [Section(PartName.OUTLINE, ids[: borders[0]])]
    labels = [*(span.path for span in project.spans), ""]
    for label, start, stop in zip(labels, borders[:-1], borders[1:], strict=True):
        sections.append(Section(PartName.PROJECT, ids[start:stop], label))
    return [section for section in sections if section.ids]


def _project_ids(vocabulary: Vocabulary, project: Packed) -> Sequence[int]:
    """The ids of a packed project. They come from another process, so they are checked first."""
    if project.tokenizer_hash != vocabulary.hash:
        raise LacunaError(
            ErrorCode.USAGE,
            "The folder was read for another model, whose tokens this one does not understand.",
            "Read the folder again and repeat the question.",
            detail=f"packed with {project.tokenizer_hash}, loaded {vocabulary.hash}",
        )
    try:
        ids = unpack_ids(project.ids)
    except ValueError:
        ids = None
    if ids is None or not vocabulary.are_text(ids) or (ids and ids[-1] != vocabulary.line_feed):
        raise LacunaError(
            ErrorCode.INTERNAL,
            "What was read from the folder is damaged and was not sent to the model.",
            "Read the folder again and repeat the question.",
            detail=f"{len(project.ids)} bytes are not text ids of whole lines",
        )
    return ids


def _drop_oldest(
    layout: ChatLayout,
    opening: Opening,
    exchanges: Sequence[Exchange],
    later: Sequence[Sequence[Section]],
    limit_tokens: int | None,
) -> tuple[int, list[Section]]:
    """The least number of exchanges to drop, and the beginning of the remaining prompt."""
    following = sum(count_tokens(sections) for sections in later)
    needed = following
    for dropped, exchange in enumerate(exchanges):
        following -= count_tokens(later[dropped])
        if limit_tokens is not None and following > limit_tokens and exchange.answer is not None:
            continue
        first = layout.encode_first(opening, exchange)
        needed = count_tokens(first) + following
        if limit_tokens is None or needed <= limit_tokens:
            return dropped, first
    raise _too_long(needed, limit_tokens or 0, count_tokens(opening.project))


def _too_long(needed: int, limit_tokens: int, project_tokens: int) -> LacunaError:
    sentence = f"The question needs {needed:,} tokens, and this model has room for {limit_tokens:,}."
    next_step = "Shorten the question or the system text, or load a model with a longer context."
    if project_tokens and needed - project_tokens <= limit_tokens:
        sentence = (
            f"The question and the folder need {needed:,} tokens ({project_tokens:,} of them the folder's), "
            f"and this model has room for {limit_tokens:,}."
        )
        next_step = "Read the folder again, or ask without it."
    return LacunaError(ErrorCode.PROMPT_TOO_LONG, sentence, next_step)

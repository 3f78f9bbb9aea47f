"""Chat prompts: what may stand where, the project's place, and what goes when room is short."""

from array import array
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ErrorCode, ErrorReport, LacunaError
from engine.messages.generation import Stop
from engine.messages.project import Packed
from engine.messages.prompts import PromptFormat, Speaker, Turn
from engine.prompts.chat import build_chat, fixed_tokens
from engine.prompts.prompt import PartName, Prompt
from engine.prompts.text import disarm, normalise_line_ends
from engine.tokens.lines import LineEncoder
from engine.tokens.vocabulary import Vocabulary
from tests.vocabularies import decode, fuzz, read_back, texts

_CHATS = (PromptFormat.INST, PromptFormat.TURNS)

conversations = st.lists(texts, min_size=1, max_size=7).map(lambda said: _turns(*said[: len(said) - 1 | 1]))
projects = st.lists(texts, max_size=5)


def _turns(*said: str) -> tuple[Turn, ...]:
    return tuple(Turn((Speaker.USER, Speaker.ASSISTANT)[number % 2], text) for number, text in enumerate(said))


def _lines(texts_of_files: Sequence[str]) -> str:
    """A project's text as the reader makes it: clean whole lines, each behind its number."""
    lines = "\n".join(disarm(normalise_line_ends(text))[0] for text in texts_of_files).split("\n")
    return "".join(f"{number} {line}.\n" for number, line in enumerate(lines, 1))


def _pack(vocabulary: Vocabulary, text: str) -> Packed:
    ids = LineEncoder(vocabulary, 1000).encode_document(text)
    return Packed(ids.tobytes(), (), vocabulary.hash, revision=1, files_total=1)


def _part(vocabulary: Vocabulary, prompt: Prompt, name: PartName) -> str:
    return "".join(decode(vocabulary, prompt.ids[part.start : part.stop]) for part in prompt.parts if part.name is name)


def _control_ids(vocabulary: Vocabulary) -> set[int]:
    return {0, vocabulary.bos, vocabulary.eos, *range(vocabulary.text_vocab_size, vocabulary.size)}


@fuzz
@given(turns=conversations, system=texts, prompt_format=st.sampled_from(_CHATS))
def test_control_ids_stand_only_where_the_builder_put_them(
    vocabulary: Vocabulary, turns: tuple[Turn, ...], system: str, prompt_format: PromptFormat
) -> None:
    _check_controls(vocabulary, turns, system, prompt_format, step=vocabulary.eos)


@fuzz
@given(turns=conversations, system=texts, prompt_format=st.sampled_from(_CHATS))
def test_control_ids_of_a_vocabulary_with_step_stand_only_where_the_builder_put_them(
    turns_vocabulary: Vocabulary, turns: tuple[Turn, ...], system: str, prompt_format: PromptFormat
) -> None:
    assert turns_vocabulary.step is not None
    _check_controls(turns_vocabulary, turns, system, prompt_format, step=turns_vocabulary.step)


def _check_controls(
    vocabulary: Vocabulary, turns: Sequence[Turn], system: str, prompt_format: PromptFormat, step: int
) -> None:
    prompt = build_chat(vocabulary, prompt_format, turns, system, step=step)
    assert [part.start for part in prompt.parts] == [0, *(part.stop for part in prompt.parts[:-1])]
    assert prompt.parts[-1].stop == len(prompt.ids)
    placed = [part.start for part in prompt.parts if part.name is PartName.CONTROL]
    assert placed == [place for place, token_id in enumerate(prompt.ids) if token_id in _control_ids(vocabulary)]
    answers = len(turns) // 2
    if prompt_format is PromptFormat.INST:
        assert [prompt.ids[place] for place in placed] == [vocabulary.bos, vocabulary.eos] * answers + [vocabulary.bos]
        assert decode(vocabulary, prompt.ids) == read_back(_inst_text(turns, system))
    else:
        assert [prompt.ids[place] for place in placed] == [vocabulary.bos] + [step] * (len(turns) + 1)
        assert decode(vocabulary, prompt.ids) == read_back(_turns_text(turns, system))


def _inst_text(turns: Sequence[Turn], system: str) -> str:
    """What a whole [INST] prompt says, each turn behind SentencePiece's implicit space."""
    said = [_clean(turn.text) for turn in turns]
    if system:
        said[0] = f"<<SYS>>\n{_clean(system)}\n<</SYS>>\n\n{said[0]}"
    asked = [f" [INST] {question.strip()} [/INST]" for question in said[::2]]
    answered = [f" {answer.strip()} " for answer in said[1::2]]
    return "".join(part for pair in zip_longest(asked, answered, fillvalue="") for part in pair)


def _turns_text(turns: Sequence[Turn], system: str) -> str:
    """What a whole prompt of the 70B's format says; each of its encodings begins with the implicit space."""
    messages = [("system", _clean(system)), *((turn.speaker.value, _clean(turn.text)) for turn in turns)]
    text = ""
    for source, content in messages:
        to = "\nDestination: user" if source == "assistant" else ""
        text += f"  Source: {source}{to}" + (f" \n\n {content.strip()}" if content else "")
    return text + "  Source: assistant\nDestination: user \n\n "


@fuzz
@given(turns=conversations, system=texts)
def test_tags_in_an_inst_prompt_are_only_the_builders(
    vocabulary: Vocabulary, turns: tuple[Turn, ...], system: str
) -> None:
    prompt = build_chat(vocabulary, PromptFormat.INST, turns, system)
    text = decode(vocabulary, prompt.ids)
    assert text.count("[INST]") == text.count("[/INST]") == len(turns) // 2 + 1
    assert text.count("<<SYS>>") == text.count("<</SYS>>") == bool(system)
    assert prompt.disarmed == any(disarm(said)[1] for said in (system, *(turn.text for turn in turns)))


@fuzz
@given(question=texts, system=texts, files=projects)
def test_a_project_in_an_inst_prompt_has_the_ids_of_one_encoding(
    vocabulary: Vocabulary, question: str, system: str, files: list[str]
) -> None:
    lines = _lines(files)
    prompt = build_chat(vocabulary, PromptFormat.INST, _turns(question), system, _pack(vocabulary, lines))
    block = f"{_clean(system)}\n\n{lines}" if system else lines
    content = f"<<SYS>>\n{block}<</SYS>>\n\n{_clean(question)}".strip()
    assert list(prompt.ids) == [vocabulary.bos, *vocabulary.encode(f"[INST] {content} [/INST]")]
    assert _part(vocabulary, prompt, PartName.PROJECT) == read_back(lines)


def _clean(text: str) -> str:
    return disarm(normalise_line_ends(text))[0]


@fuzz
@given(turns=conversations, system=texts, files=projects)
def test_a_project_in_a_turns_prompt_has_the_ids_of_one_encoding(
    turns_vocabulary: Vocabulary, turns: tuple[Turn, ...], system: str, files: list[str]
) -> None:
    lines = _lines(files)
    prompt = build_chat(turns_vocabulary, PromptFormat.TURNS, turns, system, _pack(turns_vocabulary, lines))
    lead = _clean(system).strip() or "The project:"
    between = "\n\n" if system.strip() else "\n"
    same_text = f"{lead}{between}{lines[:-1]}"
    assert prompt.ids == build_chat(turns_vocabulary, PromptFormat.TURNS, turns, same_text).ids


def test_a_project_that_is_empty_changes_nothing(starter_vocabulary: Vocabulary) -> None:
    with_project = build_chat(
        starter_vocabulary, PromptFormat.INST, _turns("Hi"), "Be brief.", _pack(starter_vocabulary, "")
    )
    assert with_project == build_chat(starter_vocabulary, PromptFormat.INST, _turns("Hi"), "Be brief.")


def test_a_project_of_another_tokenizer_is_refused(starter_vocabulary: Vocabulary) -> None:
    foreign = replace(_pack(starter_vocabulary, "1 x\n"), tokenizer_hash="0" * 64)
    report = _refusal(starter_vocabulary, project=foreign)
    assert report.code is ErrorCode.USAGE
    assert "another model" in report.sentence
    assert "again" in report.next_step


@pytest.mark.parametrize("damage", ["control id", "mark", "beyond", "odd bytes", "no line end"])
def test_a_damaged_project_is_refused(starter_vocabulary: Vocabulary, damage: str) -> None:
    marks = starter_vocabulary.marks
    assert marks is not None
    line = starter_vocabulary.encode_bare("1 x\n")
    ids = {
        "control id": array("I", [starter_vocabulary.eos, *line]).tobytes(),
        "mark": array("I", [marks.eot, *line]).tobytes(),
        "beyond": array("I", [1 << 31, *line]).tobytes(),
        "odd bytes": array("I", line).tobytes() + b"\x00",
        "no line end": array("I", line[:-1]).tobytes(),
    }[damage]
    damaged = replace(_pack(starter_vocabulary, "1 x\n"), ids=ids)
    report = _refusal(starter_vocabulary, project=damaged)
    assert report.code is ErrorCode.INTERNAL
    assert "damaged" in report.sentence


def _refusal(
    vocabulary: Vocabulary,
    turns: Sequence[Turn] = (),
    prompt_format: PromptFormat = PromptFormat.INST,
    project: Packed | None = None,
    limit_tokens: int | None = None,
) -> ErrorReport:
    with pytest.raises(LacunaError) as caught:
        build_chat(vocabulary, prompt_format, turns or _turns("Hi"), "", project, limit_tokens)
    return caught.value.report


@pytest.mark.parametrize(
    "speakers",
    [(), (Speaker.ASSISTANT,), (Speaker.USER, Speaker.ASSISTANT), (Speaker.USER, Speaker.USER, Speaker.USER)],
)
def test_turns_that_do_not_alternate_are_refused(starter_vocabulary: Vocabulary, speakers: tuple[Speaker, ...]) -> None:
    turns = [Turn(speaker, "x") for speaker in speakers]
    for refuse in (
        lambda: build_chat(starter_vocabulary, PromptFormat.INST, turns),
        lambda: fixed_tokens(starter_vocabulary, PromptFormat.INST, turns, "", 4096),
    ):
        with pytest.raises(LacunaError, match="alternate") as caught:
            refuse()
        assert caught.value.report.code is ErrorCode.USAGE


def test_a_model_without_chat_is_refused_in_a_sentence(starter_vocabulary: Vocabulary) -> None:
    report = _refusal(starter_vocabulary, prompt_format=PromptFormat.COMPLETION)
    assert report.code is ErrorCode.UNSUPPORTED
    assert "no chat" in report.sentence


def test_turns_format_without_step_is_refused_in_a_sentence(starter_vocabulary: Vocabulary) -> None:
    report = _refusal(starter_vocabulary, prompt_format=PromptFormat.TURNS)
    assert report.code is ErrorCode.MODEL_INVALID
    assert "<step>" in report.sentence


def test_stop_ids_are_the_formats_own(turns_vocabulary: Vocabulary) -> None:
    inst = build_chat(turns_vocabulary, PromptFormat.INST, _turns("Hi"))
    assert inst.stop == {turns_vocabulary.eos: Stop.EOS}
    turns = build_chat(turns_vocabulary, PromptFormat.TURNS, _turns("Hi"))
    assert turns.stop == {turns_vocabulary.step: Stop.EOS, turns_vocabulary.eos: Stop.EOS}
    assert set(turns.stop) == {turns_vocabulary.step, turns_vocabulary.eos}
    assert inst.drop_leading_space
    assert turns.drop_leading_space


@pytest.mark.parametrize("prompt_format", _CHATS)
def test_a_limit_drops_as_few_of_the_oldest_turns_as_it_must(
    turns_vocabulary: Vocabulary, prompt_format: PromptFormat
) -> None:
    turns = _turns("First question?", "A long answer. " * 9, "Second?", "Yes.", "Third?", "No. " * 5, "The last one?")
    whole = build_chat(turns_vocabulary, prompt_format, turns, "Be brief.")
    prompts = [build_chat(turns_vocabulary, prompt_format, turns[dropped:], "Be brief.") for dropped in (0, 2, 4, 6)]
    sizes = [len(prompt.ids) for prompt in prompts]
    assert sizes == sorted(sizes, reverse=True)
    for limit_tokens in range(sizes[-1], sizes[0] + 2):
        prompt = build_chat(turns_vocabulary, prompt_format, turns, "Be brief.", None, limit_tokens)
        expected = next(number for number, size in enumerate(sizes) if size <= limit_tokens)
        assert prompt.dropped_turns == 2 * expected
        assert prompt.ids == prompts[expected].ids
    assert build_chat(turns_vocabulary, prompt_format, turns, "Be brief.", None, len(whole.ids)) == whole


def test_a_limit_below_the_last_question_is_refused_with_the_numbers(starter_vocabulary: Vocabulary) -> None:
    question = "word " * 3000
    needed = len(build_chat(starter_vocabulary, PromptFormat.INST, _turns(question)).ids)
    report = _refusal(starter_vocabulary, _turns("Hi", "Hello", question), limit_tokens=needed - 1)
    assert report.code is ErrorCode.PROMPT_TOO_LONG
    assert f"{needed:,}" in report.sentence
    assert f"{needed - 1:,}" in report.sentence
    assert "Shorten" in report.next_step


def test_a_limit_below_question_and_project_names_the_folder(starter_vocabulary: Vocabulary) -> None:
    project = _pack(starter_vocabulary, "1 some line of code\n" * 500)
    report = _refusal(starter_vocabulary, project=project, limit_tokens=project.tokens)
    assert report.code is ErrorCode.PROMPT_TOO_LONG
    assert f"{project.tokens:,} of them the folder's" in report.sentence


@fuzz
@given(
    turns=conversations,
    system=texts,
    prompt_format=st.sampled_from(_CHATS),
    context_tokens=st.integers(0, 600),
    spare=st.integers(0, 200),
)
def test_fixed_tokens_leave_a_budget_that_always_fits(
    turns_vocabulary: Vocabulary,
    turns: tuple[Turn, ...],
    system: str,
    prompt_format: PromptFormat,
    context_tokens: int,
    spare: int,
) -> None:
    fixed = fixed_tokens(turns_vocabulary, prompt_format, turns, system, context_tokens)
    project = _pack(turns_vocabulary, "1 x\n" * (1 + spare // 3))
    limit_tokens = fixed + project.tokens
    prompt = build_chat(turns_vocabulary, prompt_format, turns, system, project, limit_tokens)
    assert len(prompt.ids) == limit_tokens


def test_fixed_tokens_count_history_up_to_a_third_of_the_context(starter_vocabulary: Vocabulary) -> None:
    turns = _turns("a " * 100, "b " * 100, "c " * 100, "d " * 100, "Last?")
    everything = fixed_tokens(starter_vocabulary, PromptFormat.INST, turns, "", 100_000)
    newest = fixed_tokens(starter_vocabulary, PromptFormat.INST, turns, "", 900)
    alone = fixed_tokens(starter_vocabulary, PromptFormat.INST, turns, "", 300)
    assert newest - alone <= 300 < everything - alone
    assert alone == fixed_tokens(starter_vocabulary, PromptFormat.INST, turns[-1:], "", 300)
    assert newest == fixed_tokens(starter_vocabulary, PromptFormat.INST, turns[2:], "", 900)


def test_the_answers_own_ids_come_again_up_to_its_end(starter_vocabulary: Vocabulary) -> None:
    """What a lane holds after an answer is the beginning of the next prompt."""
    first = build_chat(starter_vocabulary, PromptFormat.INST, _turns("Hi"))
    after = build_chat(starter_vocabulary, PromptFormat.INST, _turns("Hi", "Hello there", "And?"))
    held = [*first.ids, *starter_vocabulary.encode("Hello there")]
    assert list(after.ids[: len(held)]) == held

"""Chats in formats that are words around messages: ChatML, Zephyr, Alpaca, Vicuna, Llama 3 and Phind.

transformers cuts the rendered text at control ids and encodes what is between them; so do we, but control ids are put
in by number, and a text that a person wrote can't become one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from engine.messages.generation import Stop
from engine.messages.prompts import BEGIN, END, Around, ChatWording
from engine.prompts.layout import Exchange, Opening
from engine.prompts.prompt import PartName, Section, control
from engine.tokens.vocabulary import Vocabulary

_MARK = re.compile(r"<\|[A-Za-z0-9_]{1,40}\|>")
_PROJECT_LEAD = "The project:\n\n"  # a line of its own, because a project's lines can only follow a line end
_LEAST_HEADING = 4  # characters: a shorter heading is too common to be taken for one


class WordedLayout:
    """A chat in the words of `wording`; see `engine.prompts.layout.ChatLayout`.

    Attributes: stop, the ids at which an answer ends; stop_texts, what ends it where a format's own mark is plain text
    here; tags, what must not stand in anybody's text, None for nothing.
    """

    def __init__(self, vocabulary: Vocabulary, wording: ChatWording) -> None:
        self._vocabulary = vocabulary
        self._wording = wording
        self._controls = {BEGIN: vocabulary.bos, END: vocabulary.eos} | _marks_of(vocabulary, wording)
        self._splitter = re.compile("|".join(map(re.escape, sorted(self._controls, key=len, reverse=True))))
        self.stop, self.stop_texts = self._ends()
        self.tags = self._find_tags()
        self.drops_space = not wording.header.endswith("\n")

    def encode_first(self, opening: Opening, exchange: Exchange) -> list[Section]:
        run = _Run(self._vocabulary, self._wording.space_once)
        self._add(run, PartName.SYSTEM, self._wording.start)
        system = opening.system or self._wording.default_system
        if opening.project:
            self._add_project(run, system, opening.project)
        elif system:
            self._add_message(run, PartName.SYSTEM, self._wording.system, system)
        self._add_exchange(run, exchange)
        return run.finish()

    def encode_later(self, exchange: Exchange) -> list[Section]:
        end = self._wording.answer.after
        run = _Run(
            self._vocabulary, self._wording.space_once, is_start=False, after_text=not self._ends_in_control(end)
        )
        self._add_exchange(run, exchange)
        return run.finish()

    def _add_exchange(self, run: "_Run", exchange: Exchange) -> None:
        words = self._wording
        name = PartName.USER if exchange.answer is None else PartName.EXCHANGE
        self._add_message(run, name, words.question, exchange.question)
        if exchange.answer is None:
            self._add(run, PartName.ANSWER_HEADER, words.header)
        else:
            self._add_message(run, name, words.answer, exchange.answer)

    def _add_message(self, run: "_Run", name: PartName, around: Around, text: str) -> None:
        self._add(run, name, around.before)
        run.add_text(name, text.strip() if around.strips else text)
        self._add(run, name, around.after)

    def _add_project(self, run: "_Run", system: str, project: Sequence[Section]) -> None:
        """The system message with a project's lines at its end; they begin and end at a line."""
        words = self._wording.system
        lead = f"{system}\n\n" if system else "" if words.before.endswith("\n") else _PROJECT_LEAD
        self._add(run, PartName.SYSTEM, words.before)
        run.add_text(PartName.SYSTEM, lead)
        *others, last = project
        run.add_lines(others)
        if words.after.startswith("\n") or self._splitter.match(words.after):  # the last line's end is theirs
            run.add_lines([Section(last.name, last.ids[:-1], last.label)])
            self._add(run, PartName.SYSTEM, words.after)
        else:
            run.add_lines([last])
            self._add(run, PartName.SYSTEM, words.after.lstrip(" "))

    def _add(self, run: "_Run", name: PartName, words: str) -> None:
        """Words of the format, with its control ids."""
        at = 0
        for mark in self._splitter.finditer(words):
            run.add_text(name, words[at : mark.start()])
            run.add_control(self._controls[mark[0]])
            at = mark.end()
        run.add_text(name, words[at:])

    def _ends_in_control(self, words: str) -> bool:
        return any(words.endswith(mark) for mark in self._controls)

    def _ends(self) -> tuple[Mapping[int, Stop], tuple[str, ...]]:
        """What ends an answer: always the vocabulary's end; the format's own mark, as an id or as text."""
        stop = {self._vocabulary.eos: Stop.EOS}
        after, _, _ = self._wording.answer.after.partition(END)
        if (mark := _MARK.search(after)) is not None:
            is_control = mark[0] in self._controls
            return (stop | {self._controls[mark[0]]: Stop.EOS}, ()) if is_control else (stop, (mark[0],))
        if END in self._wording.answer.after:
            return stop, ()
        heading = self._wording.question.before.strip()
        return stop, (heading,) if len(heading) >= _LEAST_HEADING else ()

    def _find_tags(self) -> re.Pattern[str] | None:
        """The format's marks that are plain text here, anywhere; its headings where they begin a line."""
        words = self._wording
        parts = (words.header, *(part for each in _arounds(words) for part in (each.before, each.after)))
        marks = {mark for part in parts for mark in _MARK.findall(part)} - self._controls.keys()
        headings = {part.strip() for part in (words.header, words.question.before, words.answer.before)}
        lines = {each for each in headings if len(each) >= _LEAST_HEADING and not _MARK.search(each)}
        patterns = [*map(re.escape, sorted(marks)), *(f"^{re.escape(each)}" for each in sorted(lines))]
        return re.compile("|".join(patterns), re.MULTILINE) if patterns else None


class _Run:
    """Sections of a prompt in the making. Text is encoded in one piece from a control id, or a line end, to the next.

    No piece of the vocabulary spans a line end, so what follows one is encoded by itself with the same ids.
    """

    def __init__(
        self, vocabulary: Vocabulary, space_once: bool, *, is_start: bool = True, after_text: bool = False
    ) -> None:
        self._vocabulary = vocabulary
        self._space_once = space_once
        self._is_start = is_start  # nothing at all stands before
        self._after_text = after_text  # what stands before is text, up to a line end
        self._sections: list[Section] = []
        self._text = ""
        self._name = PartName.SYSTEM

    def add_text(self, name: PartName, text: str) -> None:
        if not text:
            return
        if name is not self._name and self._text.endswith("\n"):
            self._flush()
        self._name = name
        self._text += text

    def add_control(self, token_id: int) -> None:
        self._flush()
        self._sections.append(control(token_id))
        self._is_start = self._after_text = False

    def add_lines(self, sections: Iterable[Section]) -> None:
        """Encoded text, which follows a line end."""
        self._flush()
        self._sections.extend(sections)
        self._is_start, self._after_text = False, True

    def finish(self) -> list[Section]:
        self._flush()
        return self._sections

    def _flush(self) -> None:
        if not self._text:
            return
        has_space = not self._after_text and (self._is_start or not self._space_once)
        ids = self._vocabulary.encode(self._text) if has_space else self._vocabulary.encode_bare(self._text)
        self._sections.append(Section(self._name, ids))
        self._text, self._is_start, self._after_text = "", False, True


def _arounds(wording: ChatWording) -> tuple[Around, ...]:
    return wording.system, wording.question, wording.answer


def _marks_of(vocabulary: Vocabulary, wording: ChatWording) -> dict[str, int]:
    """The marks in a format's words that the vocabulary has as control ids."""
    parts = (wording.start, wording.header, *(part for each in _arounds(wording) for part in (each.before, each.after)))
    marks = {mark for part in parts for mark in _MARK.findall(part)}
    ids = {mark: vocabulary.control_id(mark) for mark in marks}
    return {mark: token_id for mark, token_id in ids.items() if token_id is not None}

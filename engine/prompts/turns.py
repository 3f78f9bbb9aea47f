"""The turn format of the 70B Instruct model, as the authors build it (meta-llama/codellama, dialog_prompt_tokens)."""

from collections.abc import Mapping

from engine.errors import ErrorCode, LacunaError
from engine.messages.generation import Stop
from engine.messages.prompts import Destination, Speaker
from engine.prompts.layout import Exchange, Opening
from engine.prompts.prompt import PartName, Section, control
from engine.prompts.text import LLAMA_TAGS
from engine.tokens.vocabulary import Vocabulary

_BODY = "\n\n "
_PROJECT_LEAD = "The project:"  # a line of its own, because a project's lines can only follow a line end


class TurnsLayout:
    """Messages with a source and a destination, each ended by `<step>`; each chunk is an encoding of its own."""

    stop_texts: tuple[str, ...] = ()
    tags = LLAMA_TAGS
    drops_space = True

    def __init__(self, vocabulary: Vocabulary, step: int | None = None) -> None:
        step = vocabulary.step if step is None else step
        if step is None:
            raise LacunaError(
                ErrorCode.MODEL_INVALID,
                "This model's vocabulary lacks the mark <step>, with which its chat format ends a turn.",
                "Download the model again or load another one.",
                detail=f"{vocabulary.path}: no piece <step>",
            )
        self._vocabulary = vocabulary
        self._step = step

    @property
    def stop(self) -> Mapping[int, Stop]:
        return {self._step: Stop.EOS, self._vocabulary.eos: Stop.EOS}

    def encode_first(self, opening: Opening, exchange: Exchange) -> list[Section]:
        return [
            control(self._vocabulary.bos),
            Section(PartName.SYSTEM, self._header("system", Destination.NONE)),
            *self._encode_opening(opening),
            control(self._step),
            *self.encode_later(exchange),
        ]

    def encode_later(self, exchange: Exchange) -> list[Section]:
        name = PartName.USER if exchange.answer is None else PartName.EXCHANGE
        question = self._message(name, Speaker.USER, exchange.question_to, exchange.question)
        if exchange.answer is not None:
            return [*question, *self._message(name, Speaker.ASSISTANT, exchange.answer_to, exchange.answer)]
        # What stands last: the model writes the body of this message.
        header = self._header(Speaker.ASSISTANT, Destination.USER)
        return [*question, Section(PartName.ANSWER_HEADER, [*header, *self._vocabulary.encode(_BODY)])]

    def _message(self, name: PartName, source: Speaker, destination: Destination, content: str) -> list[Section]:
        """A whole message; an empty content has a header only, as with the authors."""
        ids = self._header(source, destination)
        if content:
            ids += self._vocabulary.encode(_BODY + content.strip())
        return [Section(name, ids), control(self._step)]

    def _header(self, source: str, destination: Destination) -> list[int]:
        if destination is Destination.USUAL:
            destination = Destination.USER if source == Speaker.ASSISTANT else Destination.NONE
        header = f" Source: {source}"
        named = destination is not Destination.NONE
        return self._vocabulary.encode(f"{header}\nDestination: {destination}" if named else header)

    def _encode_opening(self, opening: Opening) -> list[Section]:
        """The system message's body; the project's last line end is stripped with the content's end."""
        if not opening.project:
            body = self._vocabulary.encode(_BODY + opening.system.strip()) if opening.system else []
            return [Section(PartName.SYSTEM, body)]
        lead = f"{opening.system.strip()}\n" if opening.system.strip() else _PROJECT_LEAD
        last = opening.project[-1]
        return [
            Section(PartName.SYSTEM, self._vocabulary.encode(f"{_BODY}{lead}\n")),
            *opening.project[:-1],
            Section(last.name, last.ids[:-1], last.label),
        ]

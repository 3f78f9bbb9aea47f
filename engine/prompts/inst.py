"""The [INST] format of the small Instruct models and the starter, as in meta-llama/codellama, chat_completion."""

from collections.abc import Mapping

from engine.messages.generation import Stop
from engine.prompts.layout import Exchange, Opening
from engine.prompts.prompt import PartName, Section, control
from engine.prompts.text import LLAMA_TAGS
from engine.tokens.vocabulary import Vocabulary


class InstLayout:
    """A turn is BOS and one encoding of "[INST] question [/INST] answer ", then EOS where it is answered.

    A turn with an opening is encoded in two or three spans that end in LF, which no piece spans, so their ids are those
    of one encoding; a project's lines follow the system text and an empty line.
    """

    stop_texts: tuple[str, ...] = ()
    tags = LLAMA_TAGS
    drops_space = True

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    @property
    def stop(self) -> Mapping[int, Stop]:
        return {self._vocabulary.eos: Stop.EOS}

    def encode_first(self, opening: Opening, exchange: Exchange) -> list[Section]:
        if not opening.system and not opening.project:
            return self.encode_later(exchange)
        system = f"{opening.system}\n" if opening.system else ""
        if opening.system and opening.project:
            system += "\n"
        # As the authors do, strip acts on the system block and the question together.
        content = f"<</SYS>>\n\n{exchange.question}".strip()
        return [
            control(self._vocabulary.bos),
            Section(PartName.SYSTEM, self._vocabulary.encode(f"[INST] <<SYS>>\n{system}")),
            *opening.project,
            *self._close(self._vocabulary.encode_bare(_turn(content, exchange.answer)), exchange),
        ]

    def encode_later(self, exchange: Exchange) -> list[Section]:
        turn = "[INST] " + _turn(exchange.question.strip(), exchange.answer)
        return [control(self._vocabulary.bos), *self._close(self._vocabulary.encode(turn), exchange)]

    def _close(self, ids: list[int], exchange: Exchange) -> list[Section]:
        if exchange.answer is None:
            return [Section(PartName.USER, ids)]
        return [Section(PartName.EXCHANGE, ids), control(self._vocabulary.eos)]


def _turn(content: str, answer: str | None) -> str:
    question = f"{content} [/INST]"
    return question if answer is None else f"{question} {answer.strip()} "

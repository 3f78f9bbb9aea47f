"""The text of each id of a prompt, for a person who wants to see what the model saw."""

import codecs
from collections.abc import Iterable

from engine.tokens.vocabulary import Vocabulary


def explain(vocabulary: Vocabulary, ids: Iterable[int]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The text that each id adds, and the places of control ids, whose text is their piece's name.

    Joined, the texts between control ids are what was encoded, the implicit space in front included. A character of
    several ids stands at the last of them; what a control id cuts off is U+FFFD before it.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def end_text() -> None:
        if cut := decoder.decode(b"", final=True):
            texts[-1] += cut
        decoder.reset()

    texts: list[str] = []
    controls: list[int] = []
    for place, token_id in enumerate(ids):
        name = vocabulary.control_name(token_id)
        if not name:
            texts.append(decoder.decode(vocabulary.piece_bytes(token_id)))
            continue
        end_text()
        controls.append(place)
        texts.append(name)
    end_text()
    return tuple(texts), tuple(controls)

"""From generated ids to text, one id at a time (docs/code-llama.md, "From ids to text")."""

import codecs

from engine.tokens.vocabulary import Vocabulary


class Detokenizer:
    """Turns a stream of ids into text that can be shown at once: never half a character, never a lost space.

    Pieces become bytes and pass an incremental UTF-8 decoder. So nothing is decoded twice, and no line is decoded by
    itself, which would lose a space of its indentation. `drop_leading_space` removes the one space that SentencePiece
    puts before a text: true for an answer, false for a continuation.
    """

    def __init__(self, vocabulary: Vocabulary, *, drop_leading_space: bool) -> None:
        self._vocabulary = vocabulary
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._drop_space = drop_leading_space

    def push(self, token_id: int) -> str:
        """The text that `token_id` completes; empty for control ids and inside a character."""
        piece = self._vocabulary.piece_bytes(token_id)
        if piece and self._drop_space:
            self._drop_space = False
            piece = piece.removeprefix(b" ")
        return self._decoder.decode(piece)

    def finish(self) -> str:
        """The rest at the end of the stream: U+FFFD if it ended inside a character."""
        return self._decoder.decode(b"", final=True)

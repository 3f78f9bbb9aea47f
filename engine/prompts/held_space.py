"""Token healing for spaces: whether a text's last space belongs to the word that follows.

In Llama's vocabularies " return" is one piece, and four spaces before it are three and " return": a prompt that ends in
four spaces is followed by nothing the model has seen. So one space is held back, the text must begin with it, and the
detokenizer takes it off again. The starter's vocabulary joins runs of spaces
first: there the end of an indentation is a token's end.
"""

from engine.tokens.vocabulary import Vocabulary

_WORDS = ("return", "x")  # what may follow


def holds_space(vocabulary: Vocabulary, text: str) -> bool:
    """Whether the last character of `text` is a space that should come with the next token."""
    spaces = len(text) - len(text.rstrip(" "))
    if not spaces or text == " ":  # a lone space is what SentencePiece puts in front of any text
        return False
    run = " " * spaces
    alone = vocabulary.encode_bare(run)
    return all(vocabulary.encode_bare(run + word)[: len(alone)] != alone for word in _WORDS)

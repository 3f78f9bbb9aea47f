"""Lengths as Qt counts them: in UTF-16 code units, where an emoji counts two (documentation of QString)."""


def utf16_length(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text) if not text.isascii() else len(text)

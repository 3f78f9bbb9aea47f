"""Ends a text before the first complete stop string. Only text that may begin a stop string is held back."""

from collections.abc import Sequence


class StopStrings:
    """Feeds on pieces of text. Attributes: `found`, whether a stop string has come up; then nothing more is shown;
    `string`, which one it was.
    """

    def __init__(self, strings: Sequence[str]) -> None:
        self._strings = tuple(strings)
        self._held = ""
        self.found = False
        self.string = ""

    def push(self, piece: str) -> str:
        """The text that may be shown after `piece` arrived."""
        if not self._strings or self.found:
            return "" if self.found else piece
        text = self._held + piece
        places = [(text.find(string), string) for string in self._strings if string in text]
        if places:
            self.found, self._held = True, ""
            _, start, self.string = min((place + len(string), place, string) for place, string in places)
            return text[:start]
        held = max(_overlap(text, string) for string in self._strings)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def finish(self) -> str:
        """The text that was still held back at the end."""
        rest, self._held = self._held, ""
        return rest


def _overlap(text: str, string: str) -> int:
    """How many characters at the end of `text` are a beginning of `string`."""
    return next((size for size in range(min(len(text), len(string) - 1), 0, -1) if text.endswith(string[:size])), 0)

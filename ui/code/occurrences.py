"""Counts where a text occurs in a file, as the find bar shows it. Without Qt."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Which occurrence is selected, counted from 1, and how many there are."""

    number: int
    total: int

    @property
    def words(self) -> str:
        return f"{self.number:,} of {self.total:,}"


def place_of(text: str, needle: str, start: int) -> Place:
    """The place of the occurrence that begins `start` characters into `text`; upper and lower case count as equal."""
    starts = [found.start() for found in re.finditer(re.escape(needle), text, re.IGNORECASE)]
    return Place(sum(1 for other in starts if other <= start), len(starts))

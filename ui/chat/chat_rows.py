"""The rows of the list of conversations; without Qt."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ChatRow:
    """One conversation. `excerpt` is the text that a search found; "" without a search."""

    id: int
    title: str
    updated_at: datetime
    excerpt: str = ""


def when(moment: datetime, now: datetime) -> str:
    """A date in few letters: "14:02" today, "Mon" this week, "3 Nov" this year, "3 Nov 2025" earlier."""
    days = (now.date() - moment.date()).days
    if days <= 0:
        return f"{moment:%H:%M}"
    if days < 7:
        return f"{moment:%a}"
    day = f"{moment.day} {moment:%b}"
    return day if moment.year == now.year else f"{day} {moment.year}"

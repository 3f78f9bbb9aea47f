"""Paths, sizes, counts, durations and progress in words for the person. Plain data, which the window may import."""

import os
from dataclasses import dataclass

from engine.messages.jobs import Progress
from engine.messages.machine import ModelInfo

_UNDECODABLE = "\ufffd"
_SHORT_PARTS = 3


# --- names and paths --------------------------------------------------------------------------------------------------


def path_text(path: str | os.PathLike[str]) -> str:
    """A path or name as valid Unicode that can be shown anywhere; bytes that are not UTF-8 become U+FFFD."""
    return os.fspath(path).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def one_line(text: str) -> str:
    """A path or name on one line: undecodable bytes, line ends and other control characters become U+FFFD."""
    return "".join(character if character.isprintable() else _UNDECODABLE for character in text)


def last_part(path: str) -> str:
    """The last part of a path; the path itself if it has none, like "/"."""
    return path_text(os.path.basename(path.rstrip("/"))) or path_text(path)


def short_path(path: str) -> str:
    """The last three parts of a path; a shorter path whole."""
    readable = path_text(path)
    parts = readable.rstrip("/").split("/")
    return readable if len(parts) <= _SHORT_PARTS + 1 else "…/" + "/".join(parts[-_SHORT_PARTS:])


# --- numbers ----------------------------------------------------------------------------------------------------------


def count(number: int) -> str:
    """A count in few characters: 812, 14.9k, 128k, 3.9M."""
    if number < 1000:
        return str(number)
    scaled, unit = (number / 1000, "k") if number < 999_500 else (number / 1_000_000, "M")
    return f"{scaled:.1f}{unit}" if scaled < 99.95 else f"{scaled:.0f}{unit}"


def size(number_bytes: int) -> str:
    """Bytes as "28 MB" or "3.9 GB", in decimal units, as on disks and downloads."""
    if number_bytes < 999_500_000:
        return f"{max(1, round(number_bytes / 1_000_000))} MB"
    return f"{number_bytes / 1_000_000_000:.1f} GB"


def gigabytes(number_bytes: int) -> str:
    """Bytes as "0.4 GB" or "13.5 GB", for sizes that are compared side by side."""
    return f"{number_bytes / 1e9:.1f} GB"


def duration(seconds: float) -> str:
    """Seconds as "12 s", "3 min" or "1 h 5 min", at least one second."""
    whole = max(1, round(seconds))
    if whole < 100:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


# --- work and devices -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stage:
    """A running stage: its words, and its progress from 0 to 1, None if unknown."""

    text: str
    fraction: float | None


def stage_of(progress: Progress) -> Stage:
    """The progress of a job for the status bar: "Reading the prompt 61 %, 12 s left"."""
    if progress.total <= 0:
        return Stage(" ".join(part for part in (progress.stage, progress.detail) if part), None)
    fraction = min(1.0, max(0.0, progress.done / progress.total))
    words = f"{progress.stage} {int(fraction * 100)} %"
    if progress.rate > 0 and progress.done < progress.total:
        words += f", {duration((progress.total - progress.done) / progress.rate)} left"
    return Stage(words, fraction)


def device_words(model: ModelInfo) -> str:
    """The model's device in few words: "CPU" or "RTX 4090"."""
    if model.device.startswith("cpu"):
        return "CPU"
    return model.device_name.removeprefix("NVIDIA ").removeprefix("GeForce ") or "GPU"

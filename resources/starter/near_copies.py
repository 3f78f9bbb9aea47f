"""Recognises text that repeats a held-out file, so that nothing measured on is trained on."""

from collections.abc import Iterable

RUN = 4
SHARED = 0.08
SHARED_RUNS = 40


def line_runs(text: str) -> list[int]:
    """A hash of each run of four lines that say something; blank lines, bare brackets and indentation do not count."""
    lines = [line.strip() for line in text.split("\n")]
    lines = [line for line in lines if len(line) > 6]
    return [hash(tuple(lines[at : at + RUN])) for at in range(len(lines) - RUN + 1)]


class HeldOutLines:
    """The runs of lines in the held-out files."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._runs = {run for text in texts for run in line_runs(text)}

    def is_near_copy(self, text: str) -> bool:
        """Whether a good part of a text, or a long stretch in all, stands in a held-out file."""
        runs = line_runs(text)
        shared = sum(run in self._runs for run in runs)
        return shared > SHARED_RUNS or shared > SHARED * len(runs) > 0

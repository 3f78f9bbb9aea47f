"""Spoils files by a seed: bits turned, cut, zeroed, doubled, and numbers and words put in that nobody expects."""

import os
import random
from pathlib import Path

SEEDS = int(os.environ.get("LACUNA_FUZZ_SEEDS", "0"))  # by hand: more than a test run has time for
_WORDS = (b"1e999", b"-1", b"NaN", b"null", b"[" * 2000, b'"\\ud800"', b"9" * 5000, b"{}", b"true", b'""', b"{{", b"\0")
_NUMBERS = (b"1e999", b"-7", b"9" * 30, b"0.5", b"[]", b'"x"')
_MOST_BYTES = 8192  # of a large file only the beginning is spoilt: behind it there are weights


def spoil(path: Path, seed: int) -> None:
    """Change a part of a file in place of what it held; the same seed does the same."""
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    start = chance.randrange(min(len(content), _MOST_BYTES))
    stop = min(len(content), start + chance.choice((1, 2, 8, 100)))
    match chance.randrange(6):
        case 0:
            content[start] ^= 1 << chance.randrange(8)
        case 1:
            del content[start:]
        case 2:
            content[start:stop] = bytes(stop - start)
        case 3:
            content[start:start] = content[start:stop] * 3
        case 4:
            content[start:stop] = chance.choice(_WORDS)
        case _:
            digits = [place for place, byte in enumerate(content[:_MOST_BYTES]) if chr(byte).isdigit()]
            place = chance.choice(digits or [start])
            content[place : place + 1] = chance.choice(_NUMBERS)
    path.write_bytes(content)

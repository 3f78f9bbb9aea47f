"""Marks of a chat format that a folder adds to its tokenizer.model, such as <|im_end|>: which ids they have.

They stand in tokenizer_config.json (added_tokens_decoder) or added_tokens.json, and have rows of their own behind the
vocabulary's. Only control ids come of them: no text is spelled with one.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from engine.regular_files import read_regular

_MARK = re.compile(r"<\|[A-Za-z0-9_]{1,40}\|>")
_MAX_BYTES = 8 << 20
_MOST_IDS = 1 << 21


def read_added(folder: Path) -> dict[str, int]:
    """The added marks by their names; none where neither file can be used."""
    stated = _read(folder / "tokenizer_config.json").get("added_tokens_decoder")
    if isinstance(stated, dict):
        named = ((token.get("content"), _id(key)) for key, token in stated.items() if isinstance(token, dict))
    else:
        named = ((name, _id(value)) for name, value in _read(folder / "added_tokens.json").items())
    return {name: token_id for name, token_id in named if isinstance(name, str) and _is_mark(name) and token_id >= 0}


def _is_mark(name: str) -> bool:
    return _MARK.fullmatch(name) is not None


def _id(value: object) -> int:
    """The id, -1 for what can't be one."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    return value if type(value) is int and 0 <= value < _MOST_IDS else -1


def _read(path: Path) -> Mapping[str, object]:
    try:
        content = json.loads(read_regular(path, _MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}

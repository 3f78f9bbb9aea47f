"""The end ids of a folder's generation_config.json. Chat models often list those of their turns only there."""

import json
from pathlib import Path

from engine.models.config_values import token_ids
from engine.regular_files import read_regular

NAME = "generation_config.json"
_MAX_BYTES = 1 << 20


def read_end_ids(folder: Path) -> tuple[tuple[int, ...], str]:
    """The ids, none where the file is not there, and a sentence for the person if it can't be used.

    Nothing else of the file is used, since sampling is the person's choice.
    """
    path = folder / NAME
    if not path.exists():
        return (), ""
    try:
        fields = json.loads(read_regular(path, _MAX_BYTES))
        ids = token_ids(fields.get("eos_token_id"))
    except (OSError, ValueError, RecursionError, AttributeError):
        ids = None
    if ids is None:
        return (), f"{NAME} can't be used, so answers end only where config.json says."
    return ids, ""

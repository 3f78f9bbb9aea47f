"""Which GGUF files are for here: one file with one plain Llama network."""

import re
from collections.abc import Mapping

from engine.gguf.faults import damaged, unsupported
from engine.gguf.metadata import Value

_SPLIT_NAME = re.compile(r"-\d{5}-of-(\d{5})\.gguf$", re.IGNORECASE)
_ANOTHER = "Choose a Code Llama model, or another one of the Llama architecture."


def refuse_foreign(metadata: Mapping[str, Value], name: str) -> None:
    """Refuse, by its metadata, a file that is of another architecture, a part of a model, or a mixture of experts.

    Raises LacunaError UNSUPPORTED; MODEL_INVALID where the file does not say what it is.
    """
    architecture = metadata.get("general.architecture")
    if not isinstance(architecture, str):
        raise damaged(f"{name} does not say which architecture its model has.")
    if architecture != "llama":
        raise unsupported(
            f"This model has another architecture ({architecture[:80]}); only llama can be loaded.", _ANOTHER
        )
    if (parts := _parts(metadata, name)) > 1:
        raise unsupported(
            f"{name} is one of {parts} parts that a model was split into.",
            "Join them with llama-gguf-split --merge, which comes with llama.cpp, and choose the file that it makes.",
        )
    if metadata.get("llama.expert_count"):
        raise unsupported("This model is a mixture of experts, which cannot be loaded.", _ANOTHER)


def _parts(metadata: Mapping[str, Value], name: str) -> int:
    stated = metadata.get("split.count", 1)
    named = _SPLIT_NAME.search(name)
    return max(stated if isinstance(stated, int) else 1, int(named.group(1)) if named else 1)

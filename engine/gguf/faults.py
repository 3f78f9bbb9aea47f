"""The two ways in which a GGUF file is refused: it is damaged, or it is sound and nothing that can be loaded."""

from pathlib import Path

from engine.errors import ErrorCode, LacunaError
from engine.shown import path_text

_AGAIN = "Download this file again, or choose another model."


def shown_name(path: Path) -> str:
    """What a file is called, as text that can be shown and sent anywhere."""
    return path_text(path.name)


def damaged(sentence: str, next_step: str = _AGAIN) -> LacunaError:
    return LacunaError(ErrorCode.MODEL_INVALID, sentence, next_step)


def unsupported(sentence: str, next_step: str) -> LacunaError:
    return LacunaError(ErrorCode.UNSUPPORTED, sentence, next_step)

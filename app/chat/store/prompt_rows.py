"""A prompt in the store: ids compressed, the rest as JSON. Reading keeps what is valid and never fails."""

import json
import zlib

import msgspec

from app.chat.store.records import SentPrompt
from engine.json_records import parse_object
from engine.messages.prompts import PartName, PromptPart

_MOST_BYTES = 1 << 26  # of ids: sixteen million tokens, far beyond any context


def prompt_to_row(prompt: SentPrompt) -> tuple[bytes, str]:
    """The columns `ids` and `about`. The JSON is ASCII, since paths may hold undecodable bytes."""
    parts = [[part.name, part.start, part.stop, part.label] for part in prompt.parts]
    about = {
        "parts": parts,
        "model_name": prompt.model_name,
        "tokenizer_path": prompt.tokenizer_path,
        "tokenizer_hash": prompt.tokenizer_hash,
    }
    return zlib.compress(prompt.ids, level=1), json.dumps(about)  # on the main thread: fast, not small


def prompt_from_row(ids: bytes, about: str) -> SentPrompt | None:
    """The prompt of a row; None if this version could not have written it."""
    try:
        fields = parse_object(about)
        parts = msgspec.convert(fields["parts"], tuple[tuple[PartName, int, int, str], ...])
        return SentPrompt(
            zlib.decompressobj().decompress(ids, _MOST_BYTES),
            tuple(PromptPart(*part) for part in parts),
            str(fields["model_name"]),
            str(fields["tokenizer_path"]),
            str(fields["tokenizer_hash"]),
        )
    except (ValueError, TypeError, KeyError, zlib.error):
        return None

"""A receipt and a failure as JSON in the store; reading takes what it can use and never fails."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from engine.errors import ErrorCode, ErrorReport
from engine.messages.generation import Stop, Usage
from ui.chat.transcript import Receipt


def receipt_to_json(receipt: Receipt) -> str:
    """Pure ASCII: names of files may hold bytes that no text encoding takes."""
    return json.dumps(asdict(receipt))


def receipt_from_json(text: str) -> Receipt:
    """What is missing or was written otherwise by another version falls back to its default."""
    fields = _object(text)
    try:
        stop = fields.get("stop")
        usage = fields.get("usage")
        return Receipt(
            stop=Stop(stop) if stop else None,
            usage=Usage(**usage) if isinstance(usage, dict) else None,
            dropped_turns=int(fields.get("dropped_turns", 0)),
            disarmed=bool(fields.get("disarmed", False)),
            files_packed=int(fields.get("files_packed", 0)),
            left_out=tuple(str(path) for path in fields.get("left_out", ())),
            partial=tuple(str(path) for path in fields.get("partial", ())),
            is_continuation=bool(fields.get("is_continuation", False)),
        )
    except (ValueError, TypeError):
        return Receipt()


def error_to_json(error: ErrorReport | None) -> str:
    """Without the detail, which is for the log."""
    if error is None:
        return ""
    return json.dumps({"code": error.code, "sentence": error.sentence, "next_step": error.next_step})


def error_from_json(text: str) -> ErrorReport | None:
    fields = _object(text)
    if "sentence" not in fields:
        return None
    try:
        code = ErrorCode(fields.get("code", ""))
    except ValueError:
        code = ErrorCode.INTERNAL
    return ErrorReport(code, str(fields["sentence"]), str(fields.get("next_step", "")))


def _object(text: str) -> Mapping[str, Any]:
    try:
        fields = json.loads(text) if text else {}
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}

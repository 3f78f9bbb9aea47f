"""A receipt and a failure as JSON in the store; reading takes what it can use and never fails."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from engine.answers import Receipt
from engine.errors import ErrorCode, ErrorReport
from engine.json_records import parse_object, read_record


def receipt_to_json(receipt: Receipt) -> str:
    """Pure ASCII: names of files may hold bytes that no text encoding takes."""
    return json.dumps(asdict(receipt))


def receipt_from_json(text: str) -> Receipt:
    """What is missing or was written otherwise by another version falls back to its default."""
    return read_record(Receipt, _object(text), [])


def error_to_json(error: ErrorReport | None) -> str:
    """Without the detail, which is for the log."""
    if error is None:
        return ""
    return json.dumps({"code": error.code, "sentence": error.sentence, "next_step": error.next_step})


def error_from_json(text: str) -> ErrorReport | None:
    fields = _object(text)
    code = fields.get("code")
    known = code if code in list(ErrorCode) else ErrorCode.INTERNAL
    try:
        return read_record(ErrorReport, {**fields, "code": known}, [])
    except ValueError:
        return None


def _object(text: str) -> Mapping[str, Any]:
    try:
        return parse_object(text) if text else {}
    except ValueError:
        return {}

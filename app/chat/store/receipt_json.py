"""Receipts and failures as JSON in the store. Reading keeps what is valid and never fails."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from engine.answers import Receipt
from engine.errors import ErrorCode, ErrorReport
from engine.json_records import parse_object, read_record


def receipt_to_json(receipt: Receipt) -> str:
    """A receipt as ASCII JSON, since file names may hold undecodable bytes."""
    return json.dumps(asdict(receipt))


def receipt_from_json(text: str) -> Receipt:
    """A receipt from JSON. A field that is missing or invalid gets its default."""
    return read_record(Receipt, _object(text), [])


def error_to_json(error: ErrorReport | None) -> str:
    """A failure as JSON, without its detail, which belongs in the log."""
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

"""Request bodies as PHP's ``json_decode($body, true)`` reads them: everything with keys is one kind of array.

Run with PHP 8.2 (2026-11-22): ``[]`` and ``{}`` are the same empty array, ``{"0": x}`` is the same as ``[x]``, the last
of two equal keys counts, a whole number past 64 bits is a float, half a surrogate pair is an error. A form can be sent
too; that it "cannot carry booleans properly" (log of ``a5853be``, goldenplanetdk/api-example) is because its
``false`` is a text, and true.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from worker.sandbox.form import read_form

_INDEX = re.compile(r"0|-?[1-9][0-9]{0,18}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]+)?")
_HIGHEST = 2**63


def read_json(body: bytes) -> Any:
    """A value whose arrays are maps, with whole-numbered keys as integers; numbers are exact.

    Raises ``ValueError`` where PHP reads nothing.
    """
    try:
        return _read(json.loads(body.decode(), parse_float=Decimal, parse_int=_whole, parse_constant=_no_number))
    except RecursionError as cause:
        raise ValueError("Maximum stack depth exceeded") from cause


def read_fields(body: bytes) -> Any:
    """A form as a map of the same kind; what looks like a number is one, everything else is text."""
    return _read(read_form(body), of_form=True)


def is_true(value: Any) -> bool:
    """Whether PHP takes it for true: ``"false"`` it does."""
    return value not in ("", "0", {}, None) and bool(value)


def _read(value: Any, *, of_form: bool = False) -> Any:
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        return {_key(key): _read(inner, of_form=of_form) for key, inner in value.items()}
    if isinstance(value, str):
        value.encode()  # half a surrogate pair is no text
        if of_form and _NUMBER.fullmatch(value):
            return Decimal(value) if "." in value else int(value)
    return value


def _key(key: str | int) -> str | int:
    """``{"1": …}`` has the same key as a list's second entry, ``{"01": …}`` has not."""
    if isinstance(key, int):
        return key
    key.encode()
    return int(key) if _INDEX.fullmatch(key) and -_HIGHEST <= int(key) < _HIGHEST else key


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) < len(str(_HIGHEST)) or -_HIGHEST <= int(text) < _HIGHEST else Decimal(text)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON number")

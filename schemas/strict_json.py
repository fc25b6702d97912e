"""JSON as we take it: UTF-8, no name twice, no NaN, not deeper than 32, every text whole. One error type for all."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from schemas.fault import InvalidEvent, refused
from schemas.outcome import Reason
from schemas.repairs import untagged

MAX_DEPTH = 32


def strict_json(body: bytes, max_depth: int = MAX_DEPTH, *, halves: bool = False) -> object:
    """The value of a JSON text in UTF-8, whose size the caller has limited. A list of events is one deeper.

    ``halves`` lets half characters through (lone surrogates, which an escape can write), for whoever drops them.
    Raises ``InvalidEvent`` with reason ``not_json``, or ``too_deep``; never ``RecursionError``.
    """
    try:
        text = body.decode("utf-8-sig")
        value: object = _DECODER.decode(text)
    except UnicodeDecodeError as cause:
        raise refused(Reason.NOT_JSON, f"must be UTF-8: byte {cause.start} is not") from cause
    except json.JSONDecodeError as cause:
        raise refused(Reason.NOT_JSON, f"must be JSON: {cause.msg} (line {cause.lineno})") from cause
    except RecursionError as cause:
        raise _too_deep(max_depth) from cause
    except _Unfit as cause:
        raise refused(Reason.NOT_JSON, str(cause)) from cause
    except ValueError as cause:  # int() refuses thousands of digits
        raise refused(Reason.NOT_JSON, "must not have a number of thousands of digits") from cause
    _check_depth(value, text, max_depth)
    if "\\u" in text and not halves:
        _compact(value)
    return value


def checked_size_bytes(value: object, max_depth: int = MAX_DEPTH) -> int:
    """The size as compact JSON of a value that another library decoded.

    Half characters count as three bytes. Raises ``InvalidEvent``: ``not_json`` where it cannot be JSON, ``too_deep`` as
    ``strict_json`` does.
    """
    try:
        text = _compact(value, "surrogatepass")
    except RecursionError as cause:
        raise _too_deep(max_depth) from cause
    _check_depth(value, text, max_depth)
    return len(text)


def _check_depth(value: object, text: str | bytes, max_depth: int) -> None:
    """Needs no recursion. Most texts have fewer brackets than they may be deep: then nobody has to look."""
    opening: Any = ("{", "[") if isinstance(text, str) else (b"{", b"[")
    if sum(map(text.count, opening)) <= max_depth:
        return
    layer = [value] if isinstance(value, dict | list | tuple) else []
    for _ in range(max_depth):
        layer = [inner for outer in layer for inner in _inside(outer) if isinstance(inner, dict | list | tuple)]
        if not layer:
            return
    raise _too_deep(max_depth)


def _compact(value: object, errors: str = "strict") -> bytes:
    try:
        return _ENCODER.encode(value).encode(errors=errors)
    except UnicodeEncodeError as cause:
        raise refused(Reason.NOT_JSON, "must not have half characters (lone surrogates)") from cause
    except (TypeError, ValueError) as cause:
        raise refused(Reason.NOT_JSON, "must be JSON values only") from cause


class _Unfit(ValueError):
    """JSON that the standard library takes and we do not."""


def _too_deep(max_depth: int) -> InvalidEvent:
    return refused(Reason.TOO_DEEP, f"must not be deeper than {max_depth}")


def _inside(container: Any) -> Any:
    return container.values() if isinstance(container, dict) else container


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise _Unfit("must not have a name twice in one object")
    return named


def _no_constant(name: str) -> NoReturn:
    raise _Unfit(f"must not have {name}: JSON has no such number")


def _as_text(value: object) -> str:
    """What Celery's own worker makes of values that kombu wrapped."""
    text = untagged(value)
    if text is None:
        raise TypeError
    return text


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_as_text)
_DECODER = json.JSONDecoder(object_pairs_hook=_without_repeats, parse_constant=_no_constant)

"""The filters of a played OpenBizBox shop's search: FIQL in the vendor's own spelling.

Source: page "Filters" (goldenplanetdk/api-example): ``=gte=``, not FIQL's ``=ge=``; ``;`` is and, ``,`` in parentheses
is or. Not played: ``=null=`` and ``=not-null=``, which no order field here can answer.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

from worker.sandbox.openbizbox.lines import Refused
from worker.sandbox.openbizbox.orders import Kept

Test = Callable[[Kept], bool]

_COMPARISON = re.compile(r"([a-z_]+)(==|=!=|=lte=|=gte=|=lt=|=gt=|=in=|=not-in=|=like=|=not-like=)(.*)", re.DOTALL)
_COMPARES: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "=!=": operator.ne,
    "=lt=": operator.lt,
    "=lte=": operator.le,
    "=gt=": operator.gt,
    "=gte=": operator.ge,
}
_FIELDS: dict[str, Callable[[Kept], Any]] = {
    "id": lambda order: order.id,
    "name": lambda order: str(order.customer.get("name", "")).casefold(),
    "email": lambda order: order.customer["email"].casefold(),
    "customer": lambda order: order.customer_id,
    "status": lambda order: order.status,
    "created_at": lambda order: order.created_at,
    "modified_at": lambda order: order.modified_at,
}
_TEXTS = frozenset({"name", "email"})
_DATES = frozenset({"created_at", "modified_at"})


def read_filter(text: str, zone: tzinfo) -> tuple[list[Test], str | None]:
    """Every condition of a filter, and the e-mail that it asks for, where it asks for one.

    Raises ``Refused`` for what the shop does not know: a field, an operator, a value of the wrong kind.
    """
    terms = [term for term in _split(text, ";") if term]
    asked = next((term.removeprefix("email==") for term in terms if term.startswith("email==")), None)
    return [_either(term, zone) for term in terms], asked.casefold() if asked is not None else None


def _either(term: str, zone: tzinfo) -> Test:
    if not (term.startswith("(") and term.endswith(")")):
        return _comparison(term, zone)
    tests = [_comparison(part, zone) for part in _split(term[1:-1], ",")]
    return lambda order: any(test(order) for test in tests)


def _comparison(term: str, zone: tzinfo) -> Test:
    found = _COMPARISON.fullmatch(term)
    if found is None or found[1] not in _FIELDS:
        raise Refused(f"filter: {term!r} is not a valid condition.")
    field, sign, text = found.groups()
    read = _FIELDS[field]
    if sign in {"=in=", "=not-in="}:
        values = {_value(field, part, zone) for part in text.strip("()").split(",")}
        return lambda order: (read(order) in values) is (sign == "=in=")
    if sign in {"=like=", "=not-like="}:
        if field not in _TEXTS:
            raise Refused(f"filter: {sign} is for texts, and {field} is none.")
        pattern = re.compile(".*".join(re.escape(part) for part in text.casefold().split("*")))
        return lambda order: bool(pattern.search(read(order))) is (sign == "=like=")
    value, compare = _value(field, text, zone), _COMPARES[sign]
    return lambda order: compare(read(order), value)


def _value(field: str, text: str, zone: tzinfo) -> Any:
    if field in _TEXTS:
        return text.casefold()
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone) if field in _DATES else int(text)
    except ValueError:
        raise Refused(f"filter: {text!r} is no value for {field}.") from None


def _split(text: str, sign: str) -> list[str]:
    """Parts between the signs that stand in no parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == sign and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts

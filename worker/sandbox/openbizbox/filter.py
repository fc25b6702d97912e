"""The filters of a played OpenBizBox shop's search: FIQL in the vendor's own spelling.

Source: page "Filters" (goldenplanetdk/api-example): ``=gte=``, not FIQL's ``=ge=``; ``;`` is and, ``,`` is or and binds
less, parentheses group. No field of an order is a foreign reference. Not documented and so a choice: an order that
the API made was shipped by none of the shop's modules.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

from worker.sandbox.openbizbox.lines import Refused
from worker.sandbox.openbizbox.orders import KeptOrder

Test = Callable[[KeptOrder], bool]

_COMPARISON = re.compile(
    r"([a-z_]+)(==|=!=|=lte=|=gte=|=lt=|=gt=|=in=|=not-in=|=like=|=not-like=|=null=|=not-null=)(.*)", re.DOTALL
)
_COMPARES: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "=!=": operator.ne,
    "=lt=": operator.lt,
    "=lte=": operator.le,
    "=gt=": operator.gt,
    "=gte=": operator.ge,
}
_FIELDS: dict[str, Callable[[KeptOrder], Any]] = {
    "id": lambda order: order.id,
    "name": lambda order: str(order.customer.get("name", "")).casefold(),
    "email": lambda order: order.customer["email"].casefold(),
    "customer": lambda order: order.customer_id,
    "status": lambda order: order.status,
    "created_at": lambda order: order.created_at,
    "modified_at": lambda order: order.modified_at,
    "model": lambda order: [line.model.casefold() for line in order.lines.products],
    "shipping_method": lambda _: [],
}
_TEXTS = frozenset({"name", "email", "model"})
_DATES = frozenset({"created_at", "modified_at"})


def read_filter(text: str, zone: tzinfo) -> tuple[Test, str | None]:
    """The test that a filter makes, and the e-mail that every order must have to pass it, where there is one.

    Raises ``Refused`` for what the shop does not know: a field, an operator, a value of the wrong kind.
    """
    asked = [term for term in _split(text, ";") if term.startswith("email==")]
    is_one = len(_split(text, ",")) == 1
    email = asked[0].removeprefix("email==").casefold() if asked and is_one else None
    return _expression(text, zone) if text else lambda _: True, email


def _expression(text: str, zone: tzinfo) -> Test:
    either = _split(text, ",")
    if len(either) > 1:
        tests = [_expression(part, zone) for part in either]
        return lambda order: any(test(order) for test in tests)
    both = [part for part in _split(text, ";") if part]
    if len(both) > 1:
        tests = [_expression(part, zone) for part in both]
        return lambda order: all(test(order) for test in tests)
    if text.startswith("(") and text.endswith(")"):
        return _expression(text[1:-1], zone)
    return _comparison(both[0] if both else text, zone)


def _comparison(term: str, zone: tzinfo) -> Test:
    found = _COMPARISON.fullmatch(term)
    if found is None or found[1] not in _FIELDS:
        raise Refused(f"filter: {term!r} is not a valid condition.")
    field, sign, text = found.groups()
    if sign in {"=null=", "=not-null="}:
        return lambda order: any(_values(field, order)) is (sign == "=not-null=")
    if sign in {"=in=", "=not-in="}:
        wanted = {_value(field, part, zone) for part in text.strip("()").split(",")}
        return lambda order: any(value in wanted for value in _values(field, order)) is (sign == "=in=")
    if sign in {"=like=", "=not-like="}:
        if field not in _TEXTS:
            raise Refused(f"filter: {sign} is for texts, and {field} is none.")
        pattern = re.compile(".*".join(re.escape(part) for part in text.casefold().split("*")))
        return lambda order: any(pattern.search(value) for value in _values(field, order)) is (sign == "=like=")
    value, compare = _value(field, text, zone), _COMPARES[sign]
    return lambda order: any(compare(held, value) for held in _values(field, order))


def _values(field: str, order: KeptOrder) -> list[Any]:
    """An order has several models, and one of everything else."""
    held = _FIELDS[field](order)
    return held if isinstance(held, list) else [held]


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

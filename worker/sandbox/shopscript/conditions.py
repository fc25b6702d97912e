"""What a search asks for: ``name operator value``, joined by ``&``; what it does not know, it does not ask.

Source: shopOrdersCollection::searchPrepare and getExpression, webasyst/shop-script (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import unquote_plus

_AND = re.compile(r"(?<!\\)&")
_OPERATOR = re.compile(r"(\$=|\^=|\*=|==|!=|>=|<=|=|>|<)")
_NO_FIELDS = ("items", "params", "customer", "saves", "moved", "created_at", "state_before")
_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": lambda held, asked: held >= asked,
    "<=": lambda held, asked: held <= asked,
    ">": lambda held, asked: held > asked,
    "<": lambda held, asked: held < asked,
}


@dataclass(frozen=True, slots=True)
class SearchCondition:
    """One condition. ``param`` is the parameter's name where it is on one."""

    name: str
    operator: str
    value: str

    @property
    def param(self) -> str:
        return self.name.removeprefix("params.") if self.name.startswith("params.") else ""

    @property
    def is_exact(self) -> bool:
        """Whether one value alone is asked for."""
        return self.operator in {"=", "=="} and self.value != "NULL" and "||" not in self.value

    def holds(self, order: dict[str, Any]) -> bool:
        """Whether the order is one of those asked for. A condition on a field that no order has is none."""
        if self.param:
            return self._fits(order["params"].get(self.param))
        if self.name.startswith("items."):
            field = self.name.removeprefix("items.")
            return any(field in line and self._fits(line[field]) for line in order["items"].values())
        return self.name in _NO_FIELDS or self.name not in order or self._fits(order[self.name])

    def _fits(self, held: Any) -> bool:
        if self.value == "NULL" and self.operator in {"=", "==", "!="}:
            return (held is None) is (self.operator != "!=")
        if not isinstance(held, str):
            return False
        match self.operator:
            case "=" | "==":
                return any(_alike(held, one.strip()) for one in self.value.split("||"))
            case "!=":
                return not _alike(held, self.value)
            case "^=":
                return held.startswith(self.value)
            case "$=":
                return held.endswith(self.value)
            case "*=":
                return self.value in held
        return _HOLDS[self.operator](*_comparable(held, self.value))


def conditions(query: str) -> list[SearchCondition]:
    """The conditions of a query, which is decoded once more than the address it came in."""
    parts = (_OPERATOR.split(part.strip(), maxsplit=1) for part in _AND.split(unquote_plus(query)))
    return [SearchCondition(*part) for part in parts if len(part) == 3]  # noqa: PLR2004  name, operator, value


def sort_key(field: str) -> Callable[[dict[str, Any]], Any]:
    """What orders are sorted by; by the time of their making where they have no such field. Then by id."""

    def key(order: dict[str, Any]) -> Any:
        by = field if isinstance(order.get(field), str) else "create_datetime"
        return _sortable(order[by]), int(order["id"])

    return key


def _alike(held: str, asked: str) -> bool:
    return held == asked or (_number(held) is not None and _number(held) == _number(asked))


def _comparable(held: str, asked: str) -> tuple[Any, Any]:
    numbers = _number(held), _number(asked)
    return (held, asked) if None in numbers else numbers


def _sortable(held: str) -> tuple[Decimal, str]:
    number = _number(held)
    return (Decimal(0), held) if number is None else (number, "")


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None

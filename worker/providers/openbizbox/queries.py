"""What people may ask of a shop: an order, the orders that fit, the articles of a model. Changes nothing there.

Sources: page "Order" (2020-02-20); pages "Filters" and "Model mapping" of goldenplanetdk/api-example.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import read_id
from worker.providers.base import Question, Read, Reading
from worker.providers.openbizbox.api import Calls, Heard, any_tree, read
from worker.providers.openbizbox.lookup import FIQL_SIGNS

_HOW = "; with =gte=, =lte=, =gt=, =lt= or =!= before it, or FROM..TO"
_TEXT = "; with =like= before it, * stands for any text"
FILTERS: Mapping[str, str] = {
    "id": f"the order's id{_HOW}",
    "name": f"the customer's name{_TEXT}",
    "email": f"the customer's e-mail{_TEXT}",
    "customer": "the customer's id",
    "status": "the status's id",
    "created_at": f"when it was made, YYYY-MM-DD{_HOW}",
    "modified_at": f"when it was last changed, YYYY-MM-DD{_HOW}",
    "model": f"the model of one of its products{_TEXT}",
    "shipping_method": "the number of the shop's shipping module",
}
_RANGED = frozenset({"id", "created_at", "modified_at"})
_COMPARED = re.compile(r"(==|=!=|=gte=|=lte=|=gt=|=lt=|=like=|=not-like=|=in=|=not-in=)?(.+)", re.DOTALL)


def queries_of(calls: Calls) -> Mapping[str, Question]:
    """The questions of one account."""

    def order(order_id: str, _filters: Mapping[str, str], _more: str | None) -> Reading:
        if read_id(order_id) is None:
            return (yield from _refused(f"{order_id!r} is no id of an order: give the shop's own whole number."))
        return (yield from _one(calls.read_order(order_id)))

    def orders(_id: str, filters: Mapping[str, str], more: str | None) -> Reading:
        fiql = fiql_of(filters)
        return fiql if isinstance(fiql, Outcome) else (yield from _page(calls, fiql, more or "1"))

    def articles(sku: str, _filters: Mapping[str, str], _more: str | None) -> Reading:
        return (yield from _one(calls.map_models([sku])))

    return {
        "order": Question(order, "one order by the shop's id"),
        "orders": Question(orders, "the orders that fit all filters", takes_id=False, filters=FILTERS),
        "articles": Question(articles, "the shop's articles of a model (our sku)"),
    }


def fiql_of(filters: Mapping[str, str]) -> str | Outcome:
    """All filters as one condition of the shop's search; ``rejected`` for what it cannot be asked."""
    terms: list[str] = []
    for name, value in filters.items():
        if name not in FILTERS:
            return _refusal(f"OpenBizBox has no filter {name!r}: it has {', '.join(FILTERS)}.")
        compared = _terms(name, value)
        if compared is None:
            return _refusal(
                f"OpenBizBox cannot be asked for {name} {value!r}: leave out what its search is written in."
            )
        terms += compared
    return ";".join(terms)


def _terms(name: str, value: str) -> list[str] | None:
    """The conditions that one filter makes: of a list of values where the sign is one of lists, of two for a range."""
    found = _COMPARED.fullmatch(value)
    if found is None:
        return None
    sign, text = found[1] or "==", found[2]
    if sign in {"=in=", "=not-in="}:
        text = text.strip("()")
        return None if (FIQL_SIGNS - {","}) & set(text) else [f"{name}{sign}({text})"]
    if (FIQL_SIGNS - ({"*"} if "like" in sign else set())) & set(text):
        return None
    first, is_range, last = text.partition("..")
    if is_range and found[1] is None and name in _RANGED:
        return [f"{name}=gte={first}", f"{name}=lte={last}"]
    return [f"{name}{sign}{text}"]


def _one(heard: Heard) -> Reading:
    tree = yield from read(heard, any_tree)
    return tree if isinstance(tree, Outcome) else Read(tree)


def _page(calls: Calls, fiql: str, number: str) -> Reading:
    if read_id(number) is None:
        return _refusal(f"{number!r} is no page of a list: give its number.")
    page = int(number)
    tree = yield from calls.search(fiql, page)
    if isinstance(tree, Outcome):
        return tree
    return Read(tree["_embedded"]["resources"], str(page + 1) if page < tree["pages"] else None)


def _refused(message: str) -> Reading:
    return _refusal(message)
    yield


def _refusal(message: str) -> Outcome:
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, message=message)

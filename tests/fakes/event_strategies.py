"""Hypothesis strategies: valid events in all their variety, and JSON of any kind."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

from hypothesis import strategies as st

from schemas.countries import COUNTRIES
from schemas.order_schema import DELIVERY_TYPES, STATUSES
from tests.fakes.bodies import TYPES

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)

_AMOUNTS = frozenset(
    {"amount", "discount_total", "grand", "price", "quantity", "rounding", "subtotal", "tax", "tax_rate", "unit_price"}
)
_letters = st.characters(categories=["L", "N", "P"])
_filled = st.text(_letters, min_size=1, max_size=12).map(
    lambda text: normalize("NFC", text)
)  # no two names fall together
_texts = st.text(st.characters(exclude_categories=["C"]), max_size=12)
_instants = (
    st.datetimes().filter(lambda moment: 2 < moment.year < 9999).map(lambda moment: moment.isoformat() + "+01:00")
)
_scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _texts | st.floats(-1000, 1000)


def _amounts(decimals: int = 4, low: int = 0, high: int = 10**6) -> st.SearchStrategy[str]:
    return st.decimals(low, high, places=decimals).map(lambda amount: format(amount, "f"))


def _some(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional={name: st.none() | values for name, values in optional.items()})


_services = _some({"service_id": _filled, "price": _amounts()}, {"name": _texts, "discount_total": _amounts(high=1)})
_items = _some(
    {"id": _filled, "name": _filled, "quantity": _amounts(6, 1, 99), "unit_price": _amounts(10, high=999)},
    {
        "sku": _texts,
        "subtotal": _amounts(),
        "tax_rate": _amounts(6, high=1),
        "weight": st.floats(0, 100).map(lambda weight: round(weight, 3)),
        "delivery_type": st.sampled_from(DELIVERY_TYPES),
        "variation": st.dictionaries(_filled, _texts, max_size=2),
        "services": st.lists(_services, max_size=2),
        "metadata": st.dictionaries(_filled, _scalars, max_size=2),
    },
)
_notes = _some({"text": _filled}, {"author": _texts, "created_at": _instants})
_addresses = _some({"last_name": _filled}, {"city": _texts, "country": st.sampled_from(sorted(COUNTRIES))})
_orders = _some(
    {
        "number": st.just("1001"),
        "currency": st.sampled_from(["EUR", "JPY", "KWD"]),
        "placed_at": _instants,
        "items": st.lists(_items, min_size=1, max_size=3, unique_by=lambda item: item["id"]),
        "billing_address": _addresses,
        "totals": _some({"grand": _amounts()}, {"tax": _amounts(), "rounding": _amounts(low=-5, high=5)}),
    },
    {
        "status": st.sampled_from(STATUSES),
        "comment": _texts,
        "tags": st.lists(_filled, max_size=2),
        "shipping": _some({}, {"price": _amounts(), "title": _texts}),
        "discounts": st.lists(_some({"amount": _amounts(high=9)}, {"allocated": st.booleans()}), max_size=2),
        "fees": st.lists(_some({"title": _filled, "amount": _amounts(low=-9, high=9)}, {}), max_size=2),
        "notes": st.lists(_notes, max_size=2),
        "attributes": st.dictionaries(_filled, _texts, max_size=2),
        "refs": st.dictionaries(_filled, _some({}, {"order_id": _texts}), max_size=2),
    },
)
_refunds = st.one_of(
    st.just({"whole": True}),
    _some({"amount": _amounts(low=1)}, {"reason": _texts}),
    _some({"lines": st.lists(_some({"item_id": _filled}, {"amount": _amounts(low=1)}), min_size=1, max_size=1)}, {}),
)
_content = {
    "order.created": _some({"order": _orders}, {}),
    "order.updated": _some({"order": _orders}, {}),
    "order.cancelled": _some({"cancellation": _some({}, {"restock": st.booleans()})}, {"order": _orders}),
    "order.deleted": _some({"deletion": _some({}, {"reason": _texts})}, {}),
    "order.invoiced": _some({"invoice": _some({}, {"number": _texts, "issued_at": _instants})}, {}),
    "order.refunded": _some({"refund": _refunds}, {}),
    "order.noted": _some({"note": _notes}, {}),
}


def _event(event_type: str) -> st.SearchStrategy[dict[str, Any]]:
    return _some(
        {
            "specversion": st.just("1.0"),
            "id": st.from_regex("[!-~]{1,20}", fullmatch=True),
            "source": st.just("shop/test"),
            "type": st.just(event_type),
            "subject": st.just("1001"),
            "time": st.just("2026-11-21T09:30:00Z"),
            "data": _content[event_type],
        },
        {"revision": st.integers(0, 2**53 - 1), "test": st.booleans(), "traceparent": _texts, "tenant": _scalars},
    )


event_bodies = st.sampled_from(TYPES).flatmap(_event)
"""Valid events where totals are not compared (``totals="off"``)."""


def respelt(value: Any) -> Any:
    """The same content spelt another way: names in another order, decimals with more zeros."""
    if isinstance(value, dict):
        return {name: _longer(name, inner) for name, inner in reversed(value.items())}
    return [respelt(inner) for inner in value] if isinstance(value, list) else value


def _longer(name: str, value: Any) -> Any:
    if name in _AMOUNTS and isinstance(value, str) and "." in value:
        sign = "-" if value.startswith("-") else ""
        return f"{sign}0{value.removeprefix('-')}000"
    return respelt(value)

"""Orders that are hard on a vendor, made by a number: the same number makes the same order, again and everywhere.

``awkward(n)`` is a new order's event, ``changed(n)`` the same order later. Every event is one that the door takes.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from tests.awkward import goods, people, texts
from tests.awkward.drafts import Draft, Rounds, Taxes
from tests.awkward.drafts import goods as worth
from tests.awkward.goods import fitted, money, written
from tests.awkward.sums import Json, summed

SOURCE = "shop/awkward"
CURRENCIES = {
    "EUR": (2, 40), "DKK": (2, 14), "USD": (2, 10), "GBP": (2, 4), "CHF": (2, 4), "JPY": (0, 8), "KRW": (0, 4),
    "CLP": (0, 4), "KWD": (3, 6), "BHD": (3, 3), "TND": (3, 3),
}  # fmt: skip
"""Decimals, and how often in a hundred orders."""

RATES = ("0.25", "0.19", "0.07", "0.055", "0.2", "0.081")
STATUSES = ("pending", "authorized", "paid", "on_hold", "processing", "shipped", "completed")
NUMBERS = ("{n}", "{n}", "{n}", "#{n}", "{n}-R", "R&D <{n}>", "Заказ {n}", "No. {n} of 2", "{n:064d}")


def awkward(number: int) -> Json:
    """A new order."""
    return _event("order.created", number, 1, _draft(number).close())


def changed(number: int) -> Json:
    """The same order later: lines gone, new, fewer and more, another address, another comment, other discounts."""
    draft = _draft(number)
    rng = draft.rng = Random(f"change {number}")
    items = [_varied(rng, draft.scale, item) for item in draft.order["items"]]
    if all(Decimal(item["quantity"]) == 0 for item in items) or rng.random() < 0.4:
        items.append(_taxed_item(rng, _rates(draft.order), goods.line(rng, draft.scale, 900)))
    draft.order["items"] = items
    if rng.random() < 0.5:
        draft.order["comment"] = texts.comment(rng)
    if rng.random() < 0.3 and "shipping_address" in draft.order:
        draft.order["shipping_address"] |= people.address(rng)
    if rng.random() < 0.3:
        draft.order.pop("discounts", None)
    return _event("order.updated", number, 2, draft.close())


def cancelled(number: int) -> Json:
    return _event("order.cancelled", number, None, None) | {"data": {"cancellation": {"reason": "Changed their mind"}}}


def noted(number: int) -> Json:
    text = "Called, wants it wrapped 🎁 & sent to the door."
    return _event("order.noted", number, None, None) | {"data": {"note": {"text": text, "author": "Kim"}}}


def _event(kind: str, number: int, revision: int | None, order: Json | None) -> Json:
    subject = _number(number)
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": f"{kind}-{number}",
        "source": SOURCE,
        "type": kind,
        "subject": subject,
        "time": "2026-11-21T09:30:00Z",
        "data": {"order": order},
    }
    return event | ({"revision": revision} if revision is not None else {})


def _number(number: int) -> str:
    return Random(f"number {number}").choice(NUMBERS).format(n=100_000 + number)


def _draft(number: int) -> Draft:
    rng = Random(f"order {number}")
    currency = rng.choices(list(CURRENCIES), [often for _, often in CURRENCIES.values()])[0]
    scale = CURRENCIES[currency][0]
    taxes: Taxes = rng.choices(("none", "in", "out"), (40, 35, 25))[0]
    rounds: Rounds = rng.choices(("minor", "cash", "each line", "fine"), (60, 14, 20, 6))[0]
    rates = rng.sample(RATES, rng.choice((1, 1, 1, 2, 3))) if taxes != "none" else []
    order: Json = {
        "number": _number(number),
        "status": rng.choice(STATUSES),
        "currency": currency,
        "placed_at": f"2026-11-{rng.randint(1, 21):02}T08:{rng.randint(0, 59):02}:07Z",
        **people.parties(rng, number),
        "items": [_taxed_item(rng, rates, item) for item in _items(rng, scale)],
    }
    _carriage(rng, scale, rates, order)
    _taken_off(rng, scale, rates, order)
    _put_on(rng, scale, rates, order)
    _told(rng, order)
    return Draft(rng, order, scale, taxes, rounds, rng.choice(("all", "few")))


def _items(rng: Random, scale: int) -> list[Json]:
    count = rng.choices((1, 2, 3, 5, 12, 40, 100), (30, 25, 20, 14, 7, 2, 1))[0]
    items = [goods.line(rng, scale, place) for place in range(count)]
    if rng.random() < 0.12:
        items.append(goods.again(rng.choice(items), count))
    for place, item in enumerate(items):
        if rng.random() < (0.12 if count < 40 else 0.02):
            items[place] = goods.with_some_services(rng, scale, item)
        if rng.random() < 0.12:
            items[place] = goods.discounted(rng, scale, items[place])
    return items


def _taxed_item(rng: Random, rates: list[str], item: Json) -> Json:
    return item | ({"tax_rate": rng.choice(rates)} if rates else {})


def _rates(order: Json) -> list[str]:
    return sorted({item["tax_rate"] for item in order["items"] if "tax_rate" in item})


def _varied(rng: Random, scale: int, item: Json) -> Json:
    """The line as it is, gone, or of another quantity."""
    kind = rng.choices(("same", "gone", "more"), (60, 15, 25))[0]
    if kind == "gone":
        return {name: value for name, value in item.items() if name not in _MONEY_OF_A_LINE} | {"quantity": "0"}
    if kind == "more":
        bare = {name: value for name, value in item.items() if name not in _MONEY_OF_A_LINE}
        return bare | {"quantity": written(Decimal(item["quantity"]) + rng.randint(1, 3))}
    return item


_MONEY_OF_A_LINE = ("subtotal", "discount_total", "services")


def _carriage(rng: Random, scale: int, rates: list[str], order: Json) -> None:
    """Shipping and payment."""
    if rng.random() < 0.75:
        order["shipping"] = {
            "method": "parcel",
            "title": "Parcel to the door",
            "price": written(money(rng, 0, 15, scale)),
        }
        if rates and rng.random() < 0.7:
            order["shipping"]["tax_rate"] = rng.choice(rates)
    if rng.random() < 0.7:
        order["payment"] = {"method": "card", "title": "Card", "status": "captured", "transaction_id": "T-4711"}
        if rng.random() < 0.3:
            order["payment"]["fee"] = written(money(rng, 0.1, 4, scale))
            if rates and rng.random() < 0.6:
                order["payment"]["tax_rate"] = rates[0]
        if rng.random() < 0.3:
            order["payment"] |= {"gateway": "bank & co", "card_last4": "4242", "card_expiry": "08/2029"}


def _taken_off(rng: Random, scale: int, rates: list[str], order: Json) -> None:
    """Discounts of the order: some of the goods, free shipping, or codes of what the lines have already."""
    goods_cost = worth(order)
    shipping = Decimal(order.get("shipping", {}).get("price", 0))
    found: list[Json] = []
    if rng.random() < 0.25:
        share = fitted(goods_cost * Decimal(rng.choice(("0.1", "0.15", "0.333"))), scale)
        found.append({"code": "WELCOME", "title": "Welcome", "amount": written(share)})
    if shipping and rng.random() < 0.08:
        found = [{"code": "ALL-FREE", "amount": written(fitted(goods_cost + shipping, scale))}]
    elif shipping and rng.random() < 0.1:
        found.append({"code": "FREESHIP", "title": "Free shipping", "amount": written(shipping)})
    if any("discount_total" in item for item in order["items"]) and rng.random() < 0.5:
        off = summed(Decimal(item.get("discount_total", 0)) for item in order["items"])
        found.append({"code": "IN-LINES", "amount": written(off), "allocated": True})
    if rates and rng.random() < 0.5:
        found = [one | {"tax_rate": rates[0]} for one in found]
    if found:
        order["discounts"] = found


def _put_on(rng: Random, scale: int, rates: list[str], order: Json) -> None:
    """Fees either way, handling, rebates."""
    fees: list[Json] = []
    if rng.random() < 0.12:
        fees.append({"title": "Gift wrap", "amount": written(money(rng, 0.5, 5, scale)), "kind": "gift_wrap"})
    if rng.random() < 0.06:
        fees.append({"title": "Tip", "amount": written(money(rng, 0.5, 5, scale)), "kind": "tip"})
    if rng.random() < 0.08:
        fees.append({"title": "Deposit returned", "amount": written(-money(rng, 0.1, 2, scale))})
    if rates and rng.random() < 0.5:
        fees = [fee | {"tax_rate": rates[0]} for fee in fees]
    if fees:
        order["fees"] = fees
    totals = {}
    if rng.random() < 0.1:
        totals["handling"] = written(money(rng, 0.5, 6, scale))
    if rng.random() < 0.08:
        totals["rebates"] = written(money(rng, 0.1, 2, scale))
    order["totals"] = totals


def _told(rng: Random, order: Json) -> None:
    """What was written, sent and known elsewhere."""
    if rng.random() < 0.4:
        order["comment"] = texts.comment(rng)
    attributes = texts.attributes(rng)
    if attributes:
        order["attributes"] = attributes
    if rng.random() < 0.15:
        order["metadata"] = {"campaign": "xmas", "gift": True, "score": 7}
    if order["status"] in ("shipped", "completed") or rng.random() < 0.05:
        order["shipments"] = [
            {
                "tracking_number": f"TR-{rng.randint(1000, 9999)}-{place}",
                "carrier": "gls",
                "shipped_at": "2026-11-21T09:00:00Z",
            }
            for place in range(rng.choice((1, 1, 2, 3)))
        ]
    if rng.random() < 0.15:
        order["notes"] = [{"text": "Checked by hand", "author": "Kim", "created_at": "2026-11-21T09:10:00Z"}]
    if rng.random() < 0.1:
        order["refs"] = {"elsewhere": {"order_id": "4711"}}
    if rng.random() < 0.2:
        order["language"] = "da"

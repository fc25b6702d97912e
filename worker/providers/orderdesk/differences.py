"""What Order Desk holds of an order otherwise than we have it, once it is saved: remarks for people, to be seen there.

The vendor adds up its own total (page "Orders", 2018-04-30: read-only). It is held against what the buyer pays and not
against what was sent: lines and discounts that people added there count too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from schemas.order import ZERO, Order
from schemas.providers.orderdesk import HeldOrder, read_amount
from worker.providers.orderdesk.body import Wanted
from worker.providers.orderdesk.money import money

CLOSE = Decimal("0.005")  # half a cent
_CHARGED = ("shipping_total", "handling_total", "tax_total")


def differences(saved: HeldOrder, order: Order, wanted: Wanted, folders: Mapping[str, int]) -> Iterator[str]:
    """``saved`` is the order as the answer shows it; what that leaves out is as it was sent."""
    grand, total = order.totals.grand, _total(saved)
    if abs(total - grand) > CLOSE:
        beside = f"{money(abs(total - grand)):f} {'more' if total > grand else 'less'}"
        yield f"Order {saved.id} at Order Desk comes to {money(total):f}, ours to {grand:f}: {beside}."
    if wanted.made_up:
        given = f"a discount of {-wanted.made_up:f}" if wanted.made_up < 0 else f"handling of {wanted.made_up:f}"
        yield (
            f"To come to {grand:f} at Order Desk the order was given {given} that none of its own parts accounts for: "
            "correct its totals."
        )
    yield from _closed(saved, order.status, folders)


def _closed(saved: HeldOrder, status: str | None, folders: Mapping[str, int]) -> Iterator[str]:
    """An order saved into the folder of the cancelled, where that is not its own."""
    cancelled = folders.get("cancelled")
    if cancelled is None or saved.folder_id != str(cancelled) or folders.get(status or "") == cancelled:
        return
    named = f"its status is {status}" if status else "it has no status"
    advice = "move it out by hand if it is open"
    if (status or "") not in folders:
        advice += ", or give its status a folder in the account's folders"
    yield f"Order {saved.id} stays in Order Desk's folder for cancelled orders ({cancelled}), though {named}: {advice}."


def _total(saved: HeldOrder) -> Decimal:
    """The vendor's own total; where it is not shown, what the vendor makes of the order's parts."""
    if saved.total is not None:
        return saved.total
    total = sum([_of(saved.fields, name) for name in _CHARGED], ZERO)
    for line in saved.lines:
        total += _of(line.fields, "price") * _of(line.fields, "quantity")
    for discount in saved.discounts:
        total -= _of(discount, "amount")
    return total


def _of(fields: Mapping[str, object], name: str) -> Decimal:
    return read_amount(fields.get(name)) or ZERO

"""In what Order Desk's order differs from ours: asked after a save, and by whoever compares the two at any time.

The vendor adds up its own total (page "Orders", 2018-04-30: read-only). It is held against what the buyer pays and not
against what was sent: lines and discounts that people added there count too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from schemas.order import ZERO, Order
from schemas.outcome import Reason
from schemas.providers.orderdesk import HeldOrder, OrderDeskOptions, read_amount, read_object
from worker.providers.base import Difference, Job
from worker.providers.orderdesk.api import encode
from worker.providers.orderdesk.lines import plan_lines
from worker.providers.orderdesk.mapping import Wanted, wanted_of
from worker.providers.orderdesk.mapping_overlay import healing, marks_of, overlay, read_marks
from worker.providers.orderdesk.sums import by_name, money

CLOSE = Decimal("0.005")  # half a cent
NAMED = 5  # so many fields are told one by one
_PEOPLES = (
    "people's own lines or discounts there make the total, and a save leaves these. Correct the order there by hand."
)
_NO_FOLDER = "the order's status has no folder in the account's folders. Move the order there by hand."
_CHARGED = ("shipping_total", "handling_total", "tax_total")


def compare(job: Job, held: Any, options: OrderDeskOptions) -> list[Difference] | None:
    """In what the order that was read differs from the job's snapshot; see ``Provider.compare``.

    Of a field that people changed there nothing is said, since it stays as they left it, unless the total is another by
    it. A field of ours that was last sent with another content shows that the order there is of another snapshot.
    """
    shown, order = HeldOrder(read_object(encode(held)) or {}), job.event.data.order or job.order
    if order is None or not shown.id:
        return None
    event = msgspec.structs.replace(job.event, data=msgspec.structs.replace(job.event.data, order=order))
    wanted = wanted_of(replace(job, event=event), options)
    wrong = [*_lines_differ(shown, wanted, job), *_last_sent(shown, wanted)]
    mends = is_total_mended(shown, wanted, order, job.link.line_ids)
    total = [Difference(remark, Reason.REMARK, "" if mends else _PEOPLES) for remark in _total_differs(shown, order)]
    stays = "" if (order.status or "") in options.folders else _NO_FOLDER
    closed = [Difference(remark, Reason.REMARK, stays) for remark in _closed(shown, order.status, options.folders)]
    return [*map(Difference, wrong), *total, *closed]


def is_total_mended(held: HeldOrder, wanted: Wanted, order: Order, known_ids: Mapping[str, str]) -> bool:
    """Whether the total is not ours and would be, were our amounts written over what people made of them. Lines and
    discounts of their own stay, so where it is made of these nothing is mended by that."""
    if not any(_total_differs(held, order)):
        return False
    plan = plan_lines(held, wanted.lines, known_ids, heals=True)
    before = healing(read_marks(held.metadata), wanted.fields)
    fields = overlay({**held.fields, "discount_list": by_name(held.discounts)}, wanted.fields, before)
    fields |= {"discount_list": list(fields["discount_list"].values()), "order_items": [*plan.keep, *plan.new]}
    fields.pop("order_total", None)
    return not any(_total_differs(HeldOrder(fields), order))


def is_shut(held: HeldOrder, status: str | None, folders: Mapping[str, int]) -> bool:
    """Whether the order lies in the folder of the cancelled, where that is not its own."""
    return any(_closed(held, status, folders))


def remarks_of(saved: HeldOrder, order: Order, wanted: Wanted, folders: Mapping[str, int]) -> Iterator[str]:
    """What people should look at of an order that is saved: what is otherwise there, and what was made up for it."""
    yield from _total_differs(saved, order)
    if wanted.made_up:
        grand = order.totals.grand
        given = f"a discount of {-wanted.made_up:f}" if wanted.made_up < 0 else f"handling of {wanted.made_up:f}"
        yield (
            f"To come to {grand:f} at Order Desk the order was given {given} that none of its own parts accounts for: "
            "correct its totals."
        )
    yield from _closed(saved, order.status, folders)


def _total_differs(saved: HeldOrder, order: Order) -> Iterator[str]:
    grand, total = order.totals.grand, _total(saved)
    if abs(total - grand) > CLOSE:
        beside = f"{money(abs(total - grand)):f} {'more' if total > grand else 'less'}"
        yield f"Order {saved.id} at Order Desk comes to {money(total):f}, ours to {grand:f}: {beside}."


def _lines_differ(shown: HeldOrder, wanted: Wanted, job: Job) -> Iterator[str]:
    plan = plan_lines(shown, wanted.lines, job.link.line_ids)
    if plan.new or plan.gone:
        yield (
            f"Order {shown.id} at Order Desk lacks {len(plan.new)} of our lines and still holds {len(plan.gone)} that "
            "are gone."
        )


def _last_sent(shown: HeldOrder, wanted: Wanted) -> Iterator[str]:
    """By the marks, which every save writes anew, of the order and of each line that is ours."""
    sent, now = read_marks(shown.metadata), marks_of(wanted.fields)
    stale = [path for path, text in now.items() if sent.get(path) != text]
    for line in shown.lines:
        ours = wanted.lines.get(line.item_id or "")
        if ours is not None and read_marks(line.metadata) != marks_of(ours):
            stale.append(f"line {line.item_id}")
    if stale:
        more = f" and {len(stale) - NAMED} more" if len(stale) > NAMED else ""
        yield f"Order {shown.id} at Order Desk was last sent with other content: {', '.join(stale[:NAMED])}{more}."


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

"""What is done to an order beside saving it: refunds, invoices, captures, mails; each put on the order's record.

Sources: page "Order", "Invoice" and "Refund" (2020-02-20); page "Capturing an order" (``order_capture.md``,
goldenplanetdk/api-example at ``106485f``): an order that the API made has no transaction at the gateway, one without
a payment line answers 500. Not documented and so a choice: a second invoice and a refund beyond what is left are
refused; ``amount_with_tax`` is of all pieces; ``refunded`` counts what was captured and given back, and so says nothing
of an order that was never charged.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from worker.sandbox.openbizbox.lines import OpenBizBoxLine, Refused, number_of
from worker.sandbox.openbizbox.orders import KeptOrder, OpenBizBoxOrders
from worker.sandbox.openbizbox.php import is_true

CENT = Decimal("0.01")
NO_MONEY = Decimal(0)


class Fatal(Exception):
    """The shop's own program fails, each time again: an empty 500."""


def refund(orders: OpenBizBoxOrders, order: KeptOrder, sent: dict[Any, Any]) -> None:
    """All of the order, where no lines are named, and the order is cancelled; else the lines that are.

    Raises ``Refused`` where no such money is left, and then nothing is refunded.
    """
    earlier = order.recorded("refund")
    left = orders.sums(order)["total_with_tax"] - sum((part["amount"] for part in earlier), NO_MONEY)
    whole = not sent.get("lines")
    if any(part["whole"] for part in earlier) or (left <= 0 and not whole):
        raise Refused("Order is already refunded")
    lines = {} if whole else _lines(orders, order, sent["lines"])
    amount = left if whole else sum(lines.values(), NO_MONEY)
    if amount > left:
        raise Refused("Amount is greater than what is left of the order")
    restock = is_true(sent.get("restock", True))
    order.record("refund", amount, {"restock": restock, "lines": lines, "whole": whole})
    order.returned += min(amount, order.captured - order.returned)
    if whole:
        orders.cancel(order)


def give_back(orders: OpenBizBoxOrders, order: KeptOrder) -> None:
    """What is left of the order's money, by the owner's own hand: its status stays."""
    left = orders.sums(order)["total_with_tax"] - sum((part["amount"] for part in order.recorded("refund")), NO_MONEY)
    order.record("refund", left, {"restock": False, "lines": {}, "whole": True})
    order.returned = order.captured


def invoice(orders: OpenBizBoxOrders, order: KeptOrder, sent: dict[Any, Any], *, notify: bool) -> dict[str, Any]:
    """An invoice, with the id and the date that are asked for. Raises ``Refused`` where there is one already."""
    if order.recorded("invoice"):
        raise Refused("Order already has an invoice")
    number = sent.get("id", order.id)
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        raise Refused("id: This value is not valid.")
    if number in orders.invoice_ids:
        raise Refused("id: This value is already used.")
    created_at = sent.get("created_at")
    if created_at is not None:
        orders.date(created_at)
    orders.invoice_ids.add(number)
    made = {"id": number, "created_at": created_at, "notify": notify}
    order.record("invoice", None, made)
    if notify:
        mail(order)
    return made


def capture(orders: OpenBizBoxOrders, order: KeptOrder) -> None:
    """All that is outstanding is charged. Raises ``Fatal`` without a payment line, ``Refused`` without a transaction
    or where nothing is left."""
    if order.lines.payment is None:
        raise Fatal
    if not order.transaction_id:
        raise Refused("No QuickPay transaction ID found")
    outstanding = orders.sums(order)["total_with_tax"] - order.captured
    if outstanding <= 0:
        raise Refused("Invalid capture amount")
    order.captured += outstanding
    order.record("capture", outstanding, {})


def capture_by_itself(orders: OpenBizBoxOrders, order: KeptOrder) -> None:
    """The payment module's automatic capture: once, and its failure is the owner's to hear of, not the caller's."""
    if order.transaction_id and order.lines.payment is not None and not order.captured:
        capture(orders, order)


def mail(order: KeptOrder) -> None:
    order.record("mail", None, {"status": order.status})


def _lines(orders: OpenBizBoxOrders, order: KeptOrder, sent: Any) -> dict[int, Decimal]:
    """What is given back for each line; without amount and quantity that is the whole line."""
    held = {line.id: line for line in order.lines.all()}
    given: dict[int, Decimal] = {}
    for part in sent.values() if isinstance(sent, dict) else ():
        named = part.get("order_line_id") if isinstance(part, dict) else None
        line = held.get(named) if isinstance(named, int) else None
        if line is None or line.id in given:
            raise Refused("lines.order_line_id: This value is not valid.")
        given[line.id] = _amount(orders, line, part)
        before = sum((done["lines"].get(line.id, NO_MONEY) for done in order.recorded("refund")), NO_MONEY)
        if before + given[line.id] > orders.gross(line):
            raise Refused("Amount is greater than what is left of the line")
    if not given:
        raise Refused("lines: This value is not valid.")
    return given


def _amount(orders: OpenBizBoxOrders, line: OpenBizBoxLine, part: dict[Any, Any]) -> Decimal:
    quantity = number_of("lines.quantity", part["quantity"]) if "quantity" in part else None
    if quantity is not None and quantity > line.quantity:
        raise Refused("Quantity is greater than what is left of the line")
    if "amount_with_tax" in part:
        return number_of("lines.amount_with_tax", part["amount_with_tax"])
    share = quantity / line.quantity if quantity is not None and line.quantity else Decimal(1)
    return (orders.gross(line) * share).quantize(CENT)

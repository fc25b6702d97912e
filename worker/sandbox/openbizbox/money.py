"""Invoices and refunds of a played OpenBizBox shop. Source: page "Order", "Invoice" and "Refund" (2020-02-20)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from worker.sandbox.openbizbox.lines import Line, Refused
from worker.sandbox.openbizbox.orders import Kept, Orders


def refund(orders: Orders, order: Kept, sent: dict[str, Any]) -> dict[str, Any]:
    """All of the order, where no lines are named, and the order is cancelled; else the lines that are.

    Raises ``Refused`` where no such money is left, and then nothing is refunded.
    """
    left = orders.sums(order)["total_with_tax"] - sum((part["amount"] for part in order.refunds), Decimal(0))
    if left <= 0:
        raise Refused("Order is already refunded")
    whole = not sent.get("lines")
    lines = {} if whole else _lines(orders, order, sent["lines"])
    amount = left if whole else sum(lines.values(), Decimal(0))
    if amount > left:
        raise Refused("Amount is greater than what is left of the order")
    made = {"amount": amount, "restock": sent.get("restock", True), "lines": lines, "whole": whole}
    order.refunds.append(made)
    if whole:
        orders.cancel(order)
    return made


def invoice(orders: Orders, order: Kept, sent: dict[str, Any], *, notify: bool) -> dict[str, Any]:
    """An invoice, with the id and the date that are asked for. Raises ``Refused`` where there is one already."""
    if order.invoices:
        raise Refused("Order already has an invoice")
    number = sent.get("id", order.id)
    if not isinstance(number, int) or number in orders.invoice_ids:
        raise Refused("id: This value is already used.")
    orders.invoice_ids.add(number)
    made = {"id": number, "created_at": sent.get("created_at"), "notify": notify}
    order.invoices.append(made)
    order.mails += notify
    return made


def _lines(orders: Orders, order: Kept, sent: Any) -> dict[int, Decimal]:
    """What is given back for each line; without amount and quantity that is the whole line."""
    held = {line.id: line for line in _all(order)}
    given: dict[int, Decimal] = {}
    for part in sent if isinstance(sent, list) else ():
        line = held.get(part.get("order_line_id", 0)) if isinstance(part, dict) else None
        if line is None or line.id in given:
            raise Refused("lines.order_line_id: This value is not valid.")
        given[line.id] = _amount(orders, line, part)
        before = sum((refunded["lines"].get(line.id, Decimal(0)) for refunded in order.refunds), Decimal(0))
        if before + given[line.id] > orders.gross(line):
            raise Refused("Amount is greater than what is left of the line")
    if not given:
        raise Refused("lines: This value is not valid.")
    return given


def _amount(orders: Orders, line: Line, part: dict[str, Any]) -> Decimal:
    if "amount_with_tax" in part:
        return Decimal(str(part["amount_with_tax"]))
    share = Decimal(str(part["quantity"])) / line.quantity if "quantity" in part else Decimal(1)
    return (orders.gross(line) * share).quantize(Decimal("0.01"))


def _all(order: Kept) -> list[Line]:
    lines = order.lines
    single = [line for line in (lines.shipping, lines.payment) if line]
    return [*lines.products, *lines.discounts, *lines.fees, *single]

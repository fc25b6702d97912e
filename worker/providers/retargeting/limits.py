"""What is not sent: what Retargeting does not want, and what would not reach it whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.order import Order
from schemas.outcome import OutcomeKind, Reason
from schemas.providers.retargeting import RetargetingOptions
from worker.providers import phpform
from worker.providers.base import Operation, nothing_to_send
from worker.providers.retargeting.mapping import lines_of

VARIABLES_PER_LINE = 4
VARIABLES_BESIDE_LINES = 40


def unwanted(order: Order, options: RetargetingOptions) -> Operation | None:
    """Why this order is skipped, as the operation that says so."""
    if options.require_consent and order.customer.marketing_consent is not True:
        message = "The customer has given no marketing consent, and this account requires it."
        return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.NO_CONSENT, message)
    if not order.customer.email:
        message = "Retargeting requires the customer's e-mail, and the order has none."
        return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.NO_EMAIL, message)
    if not lines_of(order):
        message = "Retargeting requires products, and the order has none."
        return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.NEEDS_LINES, message)
    return None


def refused(order: Order, form: Mapping[str, Any], options: RetargetingOptions) -> Operation | None:
    """Why this order is not sent, as the operation that says so: PHP drops what is past ``max_input_vars`` and still
    answers success."""
    limit = options.max_input_vars
    lines, fitting = len(lines_of(order)), lines_that_fit(limit)
    if lines <= fitting and (lines + len(order.discounts) < fitting / 2 or phpform.count(form) <= limit):
        return None
    message = (
        f"The order has {lines} lines; at most {fitting} reach Retargeting whole. "
        f"Split it, or raise max_input_vars ({limit}) if the vendor's server reads more."
    )
    return nothing_to_send(OutcomeKind.REJECTED, Reason.TOO_MANY_LINES, message)


def lines_that_fit(max_input_vars: int) -> int:
    """How many lines PHP reads whole: 240 by default (providers.md 1, quirk 8)."""
    return (max_input_vars - VARIABLES_BESIDE_LINES) // VARIABLES_PER_LINE

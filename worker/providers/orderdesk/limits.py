"""What is refused before it is sent: an order that Order Desk would not take, or never be able to show whole.

Its answers show the order whole, and none past our cap is read. An order whose every answer is cut could be created and
never be known to be there.
"""

from __future__ import annotations

import json

from schemas.outcome import OutcomeKind, Reason
from worker.providers.base import Job, Operation, nothing_to_send
from worker.providers.naming import NO_NAME
from worker.providers.orderdesk.api import encode
from worker.providers.orderdesk.lines import new_line
from worker.providers.orderdesk.mapping import Wanted, is_named
from worker.providers.orderdesk.mapping_overlay import Fields

REPLY_CAP_BYTES = 4 * 1024 * 1024
ROOM_BYTES = REPLY_CAP_BYTES * 3 // 4  # the rest is for what the vendor and people add: shipments, notes, lines by hand
HEAD_BYTES = 8192  # an order without its lines, beside what we send of it
SHOWN_BYTES = 250  # of a line, beside what we send of it: id, weight, fulfillment_method and what else is blank
MARKS_BYTES = 150  # of a line: what our marks take
WIDEST = 3  # a letter of two bytes is shown as six: \u00e6


def refused(job: Job, wanted: Wanted) -> Operation | None:
    """Why this order is not sent at all, and what to change. It says nothing of what only the vendor can know."""
    if not (is_named(wanted.fields, "customer") and is_named(wanted.fields, "shipping")):
        return nothing_to_send(OutcomeKind.REJECTED, Reason.NO_NAME, NO_NAME.format(vendor="Order Desk"))
    if not wanted.lines and job.link.order_id is None:
        message = "Order Desk creates no order without a line, and this one has none."
        return nothing_to_send(OutcomeKind.REJECTED, Reason.NEEDS_LINES, message)
    fitting = lines_that_fit(wanted)
    if fitting < len(wanted.lines):
        said = f"The order has {len(wanted.lines)} lines; the first {fitting} fit into an answer of Order Desk's"
        message = f"{said} that can be read: split it."
        return nothing_to_send(OutcomeKind.REJECTED, Reason.TOO_MANY_LINES, message)
    return None


def lines_that_fit(wanted: Wanted) -> int:
    """How many of the lines an answer has room for, from the first on; all of them where the order can be sent."""
    lines = list(wanted.lines.values())
    most_bytes = WIDEST * len(encode([wanted.fields, lines])) + (SHOWN_BYTES + MARKS_BYTES) * len(lines)
    if most_bytes + HEAD_BYTES <= ROOM_BYTES:
        return len(lines)
    left_bytes = ROOM_BYTES - HEAD_BYTES - _size_bytes(wanted.fields)
    for place, line in enumerate(lines):
        left_bytes -= _size_bytes(new_line(line)) + SHOWN_BYTES
        if left_bytes < 0:
            return place
    return len(lines)


def _size_bytes(fields: Fields) -> int:
    """As the vendor writes them: letters beyond ASCII and slashes escaped."""
    text = json.dumps(json.loads(encode(fields)))
    return len(text) + text.count("/")

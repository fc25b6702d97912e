"""Ids as people write them: a delivery's whole, or its beginning as lists show it; a refusal's; an event's own."""

from __future__ import annotations

import re

from worker.ledger.queries.deliveries import Deliveries
from worker.ops.desk.advice import BadRequest

REFUSAL_ID = re.compile(r"r(\d{1,18})")
DELIVERY_ID = re.compile(r"d[a-z2-7]{25}")
BEGINNING = re.compile(r"d[a-z2-7]{5,24}")
"""Of a delivery's id. Lists show 8 characters; fewer than 6 name too many."""
TOO_SHORT = re.compile(r"d[a-z2-7]{0,4}")
LISTED = 5


def whole_id(deliveries: Deliveries, written: str) -> str:
    """The id of the one delivery that begins so; what was written, where none does. Raises ``BadRequest`` where several
    do."""
    if not BEGINNING.fullmatch(written):
        return written
    found = deliveries.beginning(written)
    if len(found) > 1:
        more = "" if len(found) <= LISTED else f" and {len(found) - LISTED} more"
        raise BadRequest(
            f"{written} is the beginning of several ids: {', '.join(found[:LISTED])}{more}. Write one whole."
        )
    return found[0] if found else written


def refusal_seq(written: str) -> int | None:
    """The number of the refusal that is meant, ``None`` for anything else."""
    found = REFUSAL_ID.fullmatch(written)
    return int(found[1]) if found else None

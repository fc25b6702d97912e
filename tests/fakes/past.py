"""Claims of deliveries by what is known of them, without a store."""

from __future__ import annotations

from typing import Any

from schemas.delivery import Link
from worker.ledger.claims import Claim
from worker.ledger.store.client import Epoch

NOW_MS = 1_800_000_000_000
"""08:00:00 UTC."""


def claim(kind: str = "s", *, is_linked: bool = False, **past: Any) -> Claim:
    """A claim of a delivery of which nothing is known but this."""
    fields: dict[str, Any] = {
        **dict.fromkeys(("token", "order"), ""),
        **dict.fromkeys(("seq", "number", "started_ms", "ends_ms", "gate_epoch", "tested_ms", "tries", "edit"), 0),
        **dict.fromkeys(("open_ms", "own_failures", "readable_ms", "calls"), 0),
        **dict.fromkeys(("maybe_since_ms", "doubt_since_ms", "first_open_ms", "unauthorized_ms", "attempted_ms")),
        "body": b"",
        "now_ms": NOW_MS,
        "accepted_ms": NOW_MS - 3_600_000,
        "even_ms": NOW_MS - 86_400_000,
        "link": Link(order_id="77") if is_linked else None,
        "epoch": Epoch(1, 0),
    }
    return Claim(kind=kind, **(fields | past))


def past(what: str, ago_s: int, **more: Any) -> Claim:
    """A claim of which this has been open for so long."""
    then_ms = NOW_MS - ago_s * 1000
    told: dict[str, Any] = {
        "its own request": {"doubt_since_ms": then_ms, "maybe_since_ms": then_ms},
        "one of its order": {"maybe_since_ms": then_ms},
        "a restart": {"epoch": Epoch(2, then_ms)},
        "a clock that jumped": {"doubt_since_ms": NOW_MS - 7_200_000, "even_ms": then_ms},
        "nothing": {},
    }
    return claim(**(told[what] | more))

"""What a delivered order takes in the store, by what is kept of it."""

from __future__ import annotations

from datetime import UTC, datetime
from statistics import mean

from benchmarks import meter
from benchmarks.bars import BYTES, Bar
from benchmarks.contest import Contest, timed
from benchmarks.orders import raw_events
from benchmarks.section import Section, head, row
from benchmarks.stage import WARM_ORDERS, staged
from schemas.loading import read_decoded
from worker.ledger.store.codec import pack_event

TITLE = "Bytes of a delivered order"
APART = {"or": "links and last revisions", "dd": "kept ids, 400 days"}
"""What outlives the order's record, and is stated apart."""

SMALL_BYTES = 1
"""Kinds of keys that take less than this for an order are no matter of orders."""


def hold(contest: Contest) -> Section:
    orders = contest.sizes.orders
    with staged(contest.ours, contest.directory) as stage:
        run = timed(stage, orders, "run")
        kinds = meter.ledger_bytes(stage.scene.store.url)
    each = {kind: size_bytes / (orders + WARM_ORDERS) for kind, size_bytes in kinds.items()}
    packed_bytes = _packed_bytes(orders)
    record_bytes = sum(size_bytes for kind, size_bytes in each.items() if kind not in APART)
    lines = head("keys of the ledger", "bytes per order")
    for kind, size_bytes in sorted(each.items(), key=lambda one: -one[1]):
        if size_bytes >= SMALL_BYTES:
            lines.append(row(f"`{kind}`{': ' + APART[kind] if kind in APART else ''}", f"{size_bytes:,.0f}"))
    grown = (run.store_bytes - run.receipts_bytes) / orders
    lines += [
        row("all but links and kept ids", f"{record_bytes:,.0f}"),
        row("growth of the server's used memory, without receipts", f"{grown:,.0f}"),
        row("the packed event alone", f"{packed_bytes:,.0f}"),
    ]
    figures = {"kinds": each, "packed": packed_bytes, "record": record_bytes, "grown": grown}
    return Section(TITLE, lines, [Bar(BYTES, record_bytes / (1.5 * packed_bytes + 800))], figures)


def _packed_bytes(orders: int) -> float:
    now = datetime.now(UTC)
    return mean(len(pack_event(read_decoded(e, limit_bytes=262_144, now=now))) for e in raw_events(orders, "run"))

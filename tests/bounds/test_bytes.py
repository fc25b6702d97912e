"""What an order costs in the store: bytes, by kind of key, against the bound that is promised."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from schemas.outcome import Outcome, OutcomeKind, Reason, Verdict
from tests.bounds.figures import state
from tests.bounds.seed import End, bury, samples, seed, sized, take_in, work_off
from tests.fakes.ledger import BURY, REJECTED, Ledger, ended, park
from worker.ledger.claims import Claim
from worker.ledger.store.codec import pack_event
from worker.providers.base import Request
from worker.providers.sent import shown_request
from worker.providers.webhook import CONTENT_TYPE, event_body

pytestmark = pytest.mark.skipif(
    os.environ.get("ORDERCAST_TEST_STORE") == "redis", reason="the bounds are those of the embedded store"
)
ORDERS = sized(20_000, 2_000)
WARM = 200
NOT_SENT = Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.TOO_EARLY, message="Nobody was asked.")
"""Nobody was asked: the gate's limit stays as it is, and all lanes are worked off side by side."""
KEPT_LONG = {"or", "oe", "dd"}
"""Links, revisions and accepted ids: for 400 days, and stated apart."""


def used_bytes(ledger: Ledger) -> int:
    return int(ledger.store.client.info("memory")["used_memory"])


def by_kind(ledger: Ledger) -> Counter[str]:
    """Bytes by kind of key, as the server counts each key."""
    client, found = ledger.store.client, Counter()
    keys = list(client.scan_iter(f"{ledger.store.tag}*", count=5_000))
    for start in range(0, len(keys), 5_000):
        with client.pipeline(transaction=False) as pipe:
            for key in keys[start : start + 5_000]:
                pipe.memory_usage(key, samples=0)
            for key, size_bytes in zip(keys[start : start + 5_000], pipe.execute(), strict=True):
                found[key.decode().removeprefix(ledger.store.tag).partition(":")[0]] += size_bytes
    return found


def warm(ledger: Ledger) -> None:
    """What a ledger has once, whatever it holds: provider table, gates, the server's own buffers."""
    seed(ledger, samples(WARM, word="w"))


def _parked(_: Claim) -> tuple[Outcome, Verdict]:
    return NOT_SENT, park(86_400)


def test_a_delivered_order_with_four_vendors_costs_no_more_than_promised(four: Ledger) -> None:
    warm(four)
    kinds, before = by_kind(four), used_bytes(four)
    events = list(samples(ORDERS))
    seed(four, events)
    assert four.row("four").delivered == ORDERS + WARM
    body_bytes = sum(len(pack_event(event)) for event in events) / ORDERS
    grown = by_kind(four)
    grown.subtract(kinds)
    each = {kind: count / ORDERS for kind, count in grown.items() if count / ORDERS >= 1}
    kept_long = sum(size for kind, size in each.items() if kind in KEPT_LONG)
    whole = (used_bytes(four) - before) / ORDERS
    parts = ", ".join(f"`{kind}` {size:.0f}" for kind, size in sorted(each.items()))
    state("bytes of a delivered order", f"{whole:.0f}, of them {kept_long:.0f} for 400 days ({parts})")
    state("bytes of its body, compressed", f"{body_bytes:.0f}")
    assert sum(each.values()) - kept_long <= 1.5 * body_bytes + 800
    assert whole <= 1.5 * body_bytes + 800 + kept_long * 1.5
    assert kept_long <= 500


@pytest.mark.parametrize(("end", "most_bytes"), [(_parked, 500), (bury, 500)], ids=["parked", "dead"])
def test_an_order_that_waits_costs_a_bounded_amount_more(
    four: Ledger, end: End, most_bytes: int, request: pytest.FixtureRequest
) -> None:
    """Of 1,000 orders: what each costs while it waits for its first try, and what each of its four deliveries adds."""
    warm(four)
    before = used_bytes(four)
    take_in(four, list(samples(1_000)))
    waiting = used_bytes(four)
    for name in four.plans:
        assert work_off(four, name, end) == 1_000
    each, more = (waiting - before) / 1_000, (used_bytes(four) - waiting) / 4_000
    state("bytes of an order that waits for its first try", f"{each:.0f}")
    state(f"bytes more for each {request.node.callspec.id} delivery", f"{more:.0f}")
    assert each <= 3_500
    assert more <= most_bytes


def test_what_a_dead_delivery_had_sent_costs_a_bounded_amount_more(four: Ledger) -> None:
    """The longest of the bodies that we send: a webhook's, which is the event itself."""
    [name, *_] = four.plans
    events = {event.id: event for event in samples(200)}
    take_in(four, list(events.values()))
    for _ in events:
        claim = four.claim(name)
        body = event_body(claim.event, "d" * 26)
        request = Request("POST", "", "webhook", {"Content-Type": CONTENT_TYPE}, body, mutating=True)
        end = ended(claim, REJECTED, BURY, sent=shown_request(request, ()), fingerprint=f"f{claim.seq % 7}")
        four.runner(name).finish(claim, end, last=True)
    each = by_kind(four)["sb"] / len(events)
    state("bytes more where a dead or parked delivery had sent the event", f"{each:.0f}")
    assert each <= 1_000

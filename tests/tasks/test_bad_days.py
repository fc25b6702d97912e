"""One poison order, one hung vendor, one broken mapping, a day without a vendor: what the others get, and who dies."""

from __future__ import annotations

import pytest

from schemas.config import GateConfig, Rate
from schemas.event import Event
from schemas.outcome import Outcome, OutcomeKind, Reason
from tests.fakes.day import Bucket, Day
from tests.fakes.ledger import ACCEPTED, REJECTED, UNAUTHORIZED, UNAVAILABLE, UNKNOWN, Ledger, action, snapshot
from tests.fakes.vendor import Vendor
from worker.policy.plan import plan_of

HOUR_S = 3600


def many(count: int, start: int = 0) -> list[Event]:
    return [snapshot(f"e{n}1", number=str(n)) for n in range(start, start + count)]


def but_for(number: str, outcome: Outcome) -> Vendor:
    """A vendor that takes every order but one."""
    return Vendor(lambda job: outcome if job.event.subject == number else ACCEPTED)


POISON = [
    pytest.param(UNAVAILABLE, id="a 500"),
    pytest.param(UNKNOWN, id="no answer"),
    pytest.param(UNAUTHORIZED, id="a 403"),
    pytest.param(REJECTED, id="refused"),
    pytest.param(Outcome(kind=OutcomeKind.UNREADABLE, reason=Reason.UNREADABLE, calls=1), id="garbage"),
    pytest.param(
        Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.SERVER_ERROR, calls=1, wait_s=3600), id="a 503 for an hour"
    ),
]


@pytest.mark.parametrize("outcome", POISON)
def test_one_poison_order_does_not_stop_the_others(ledger: Ledger, outcome: Outcome) -> None:
    vendor = but_for("0", outcome)
    day = Day(ledger, vendor)
    ledger.accept(*many(1))
    day.run(30)
    for n in range(1, 20):
        ledger.accept(*many(1, start=n))
        day.run(60)
    assert ledger.row().delivered == 19
    assert len(vendor.asked) < 19 + 60


@pytest.mark.parametrize("outcome", [UNAVAILABLE, UNAUTHORIZED])
def test_a_poison_order_alone_at_night_delays_the_next_by_its_first_wait_only(ledger: Ledger, outcome: Outcome) -> None:
    vendor = but_for("0", outcome)
    day = Day(ledger, vendor, tick_s=5)
    ledger.accept(*many(1))
    day.run(8 * HOUR_S)
    assert ledger.row().dead == 0
    ledger.accept(*many(1, start=1))
    day.run(75)
    assert vendor.holds.keys() == {"1"}


def test_an_order_that_alone_is_refused_our_credentials_dies_in_the_end(ledger: Ledger) -> None:
    vendor = but_for("0", UNAUTHORIZED)
    day = Day(ledger, vendor, tick_s=5)
    ledger.accept(*many(1))
    for n in range(1, 200):
        ledger.accept(*many(1, start=n))
        day.run(120)
    [letter] = ledger.deliveries(state="dead")
    assert (letter.order, letter.reason) == ("0", "forbidden")
    assert 10 <= letter.attempts < 25, "ten count, each after another's success: two tries for each, and a few before"
    assert ledger.row().delivered == 199


def test_an_account_that_may_not_save_orders_buries_twenty_and_not_a_nights(ledger: Ledger) -> None:
    ledger.plans["one"] = plan_of(ledger.configs["one"], has_test=True)
    day = Day(ledger, Vendor(lambda _: UNAUTHORIZED, tests=True), tick_s=5)
    for n in range(200):
        ledger.accept(*many(1, start=n))
        day.run(120)
    assert (ledger.row().gate.state, ledger.row().gate.reason) == ("held", "rejects_everything")
    assert ledger.row().dead == 20


def test_a_broken_mapping_buries_twenty_orders_and_not_a_nights(ledger: Ledger) -> None:
    day = Day(ledger, Vendor(lambda _: REJECTED), tick_s=5)
    for n in range(200):
        ledger.accept(*many(1, start=n))
        day.run(120)
    assert ledger.row().dead == 20
    assert (ledger.row().gate.state, ledger.row().gate.reason) == ("held", "rejects_everything")


def test_after_a_mapping_is_mended_all_but_the_buried_flows_by_itself(ledger: Ledger) -> None:
    vendor = Vendor(lambda _: REJECTED)
    day = Day(ledger, vendor, tick_s=5)
    ledger.accept(*many(60))
    day.run(HOUR_S)
    vendor.rule = lambda _: ACCEPTED
    day.run(HOUR_S)
    assert (ledger.row().delivered, ledger.row().dead, ledger.row().gate.state) == (40, 20, "open")


@pytest.mark.parametrize(
    ("bad", "orders", "for_s", "dead"),
    [(REJECTED, 60, 500, 20), (UNAVAILABLE, 6, 6 * HOUR_S, 0)],
    ids=["mapping", "outage"],
)
def test_a_minute_after_the_gate_has_opened_no_order_waits_for_what_is_over(
    ledger: Ledger, bad: Outcome, orders: int, for_s: int, dead: int
) -> None:
    vendor = Vendor(lambda _: bad)
    day = Day(ledger, vendor, tick_s=5)
    ledger.accept(*many(orders))
    day.run(for_s)
    vendor.rule = lambda _: ACCEPTED
    while ledger.row().gate.state in ("held", "tripped"):
        day.run(5)
    day.run(60)
    assert (ledger.row().parked, ledger.row().dead, ledger.row().delivered) == (0, dead, orders - dead)


def test_a_hung_vendor_buries_nothing_and_is_asked_by_one_call_at_a_time(ledger: Ledger) -> None:
    vendor = Vendor(lambda _: UNKNOWN)
    day = Day(ledger, vendor, latency_s=20, tick_s=5)
    ledger.accept(*many(300))
    day.run(HOUR_S)
    assert (ledger.row().dead, ledger.row().gate.state) == (0, "tripped")
    assert len(vendor.asked) < 60
    assert len(set(vendor.asked)) > len(vendor.asked) / 2, "each probe is another lane"


def test_a_hung_vendor_is_probed_by_snapshots_and_not_by_what_only_a_person_can_tell_of(ledger: Ledger) -> None:
    vendor = Vendor(lambda _: ACCEPTED)
    day = Day(ledger, vendor, tick_s=5)
    ledger.accept(*many(40))
    day.run(60)
    vendor.rule, vendor.on_unknown = (lambda _: UNKNOWN), "ask"
    ledger.accept(*[action(f"a{n}", number=str(n)) for n in range(15)])
    ledger.accept(*[snapshot(f"f{n}2", number=str(n)) for n in range(20, 40)])
    day.run(60)
    before = ledger.row().dead
    asking = vendor.rule
    vendor.rule = lambda job: asking(job) if job.event.is_snapshot else pytest.fail("an action was the probe")
    vendor.on_unknown = "look_up"
    day.run(600)
    assert ledger.row().dead == before


def test_a_revoked_key_for_an_hour_makes_no_dead_letter_and_mends_itself(ledger: Ledger) -> None:
    vendor = Vendor(lambda _: UNAUTHORIZED)
    day = Day(ledger, vendor, tick_s=5)
    for n in range(60):
        ledger.accept(*many(1, start=n))
        day.run(60)
    assert (ledger.row().gate.state, ledger.row().gate.reason, ledger.row().dead) == ("held", "credentials", 0)
    assert len(vendor.asked) < 30
    vendor.rule = lambda _: ACCEPTED
    day.run(20 * 60)
    assert (ledger.row().delivered, ledger.row().dead, ledger.row().gate.state) == (60, 0, "open")


def test_what_comes_back_comes_within_cap_and_rate_and_each_order_as_it_is_now(clean_store: str) -> None:
    ledger = Ledger(clean_store, rate=Rate(per_second=4, burst=6), max_in_flight=3, gate=GateConfig(cool_down_cap_s=60))
    vendor = Vendor(lambda _: UNAVAILABLE)
    day = Day(ledger, vendor, tick_s=2)
    ledger.accept(*many(120))
    day.run(HOUR_S)
    ledger.accept(*[snapshot(f"u{n}2", number=str(n), grand="99") for n in range(120)])
    vendor.rule = lambda _: ACCEPTED
    day.run_until(lambda: ledger.row().delivered == 120, 600)
    row = ledger.row()
    assert (row.superseded, row.dead, set(map(str, vendor.holds.values()))) == (120, 0, {"99"})
    assert day.most <= 3
    assert Bucket(4, 6).overdrawn(day.began) == 0


def test_a_conversation_of_many_calls_keeps_to_the_rate_too(clean_store: str) -> None:
    ledger = Ledger(clean_store, rate=Rate(per_second=4, burst=8), max_in_flight=8)
    three = Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.SAVED, calls=3)
    day = Day(ledger, Vendor(lambda _: three), latency_s=1)
    ledger.accept(*many(2))
    day.run(30)
    ledger.accept(*many(60, start=2))
    day.began.clear()
    day.run_until(lambda: ledger.row().delivered == 62, 120, step_s=1)
    assert Bucket(4, 8).overdrawn([at for at in day.began for _ in range(3)]) == 0


def test_a_job_that_ends_workers_is_tried_ever_more_seldom(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    waits = []
    for _ in range(6):
        ledger.claim()
        ledger.advance(ledger.plans["one"].lease_s + 1)
        ledger.tick()
        due_s = 0
        while ledger.row().parked and not ready(ledger):
            ledger.advance(5)
            due_s += 5
            ledger.tick()
        waits.append(due_s)
    assert waits == [0, 5, 15, 45, 135, 405]


def ready(ledger: Ledger) -> int:
    return ledger.store.client.zcard(ledger.store.keys.key("ready", provider="one", lane_class="r"))

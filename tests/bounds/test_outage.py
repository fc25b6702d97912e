"""A vendor away for a simulated day, and a key revoked for an hour: through the real steps, by a clock set by hand."""

from __future__ import annotations

from itertools import islice

from schemas.config import GateConfig, Rate
from tests.bounds.figures import state
from tests.bounds.gauges import busy
from tests.bounds.seed import sized, take_in
from tests.bounds.test_bytes import used_bytes
from tests.fakes.day import Bucket, Day
from tests.fakes.examples import IS_FULL
from tests.fakes.ledger import ACCEPTED, UNAUTHORIZED, UNAVAILABLE, Ledger, snapshot
from tests.fakes.vendor import Vendor

ORDERS = sized(100_000, 2_000)
KEY_ORDERS = sized(10_000, 500)
DAY_S, HOUR_S = 86_400, 3_600
RATE, BURST, CAP = 200.0, 50.0, 8
CHANGED = 10
"""One order in so many is changed while the vendor is away."""
TICK_GROWTH = 10


def arrive(day: Day, words: str, count: int, step: int = 1, **more: str) -> None:
    """So many events, spread over the day in a hundred batches."""
    events = (snapshot(f"{words}{n}", number=str(n), **more) for n in range(0, count, step))
    batch = count // step // 100
    for hundredth in range(100):
        some = list(islice(events, batch))
        day.at(hundredth * DAY_S / 100 + 1, lambda some=some: take_in(day.ledger, some))


def a_day(clean_store: str, vendor: Vendor) -> Day:
    ledger = Ledger(
        clean_store, max_in_flight=CAP, rate=Rate(per_second=RATE, burst=BURST), gate=GateConfig(cool_down_cap_s=300)
    )
    ledger.intake.max_pending = 10**9
    return Day(ledger, vendor, latency_s=0.03, tick_s=sized(1, 60))


def idle_tick_ms(day: Day) -> float:
    """How long a tick takes this machine while nothing waits."""
    day.jumps = False
    day.run(20 * day.tick_s)
    day.jumps = True
    idle_ms = day.usual_tick_ms
    day.ticks_ms.clear()
    return idle_ms


def test_a_vendor_away_for_a_day_costs_stated_bytes_and_no_dead_letter(clean_store: str) -> None:
    vendor = Vendor(lambda _: UNAVAILABLE)
    day = a_day(clean_store, vendor)
    idle_ms = idle_tick_ms(day)
    before = used_bytes(day.ledger)
    arrive(day, "e", ORDERS)
    arrive(day, "u", ORDERS, CHANGED, grand="99")
    day.run(DAY_S)
    row = day.ledger.row()
    assert (row.dead, row.delivered, row.pending + row.parked + row.superseded) == (0, 0, ORDERS + ORDERS // CHANGED)
    assert row.gate.state == "tripped"
    probes, each = len(vendor.asked), (used_bytes(day.ledger) - before) / ORDERS
    state("an order that waits for one vendor that is away", f"{each:.0f} bytes (a small one, of one line)")
    state(
        f"a day without a vendor, {ORDERS:,} orders waiting", f"{probes} probes; {day.usual_tick_ms:.2f} ms for a tick"
    )
    assert probes < 24 * 60
    assert each < 2_500
    assert not IS_FULL or day.usual_tick_ms < TICK_GROWTH * idle_ms, f"{idle_ms:.2f} ms with nothing waiting; {busy()}"

    vendor.rule = lambda _: ACCEPTED
    day.began.clear()
    day.tick_s = 0.5
    day.run_until(lambda: len(vendor.holds) == ORDERS and not day.ledger.row().pending, 4 * ORDERS / RATE + 1_200)
    back_s = (day.began[-1] - day.began[0]) / 1000
    state(f"the same {ORDERS:,} orders when it is back, at {RATE:.0f} calls/s", f"all delivered in {back_s:.0f} s")
    row = day.ledger.row()
    assert (row.dead, row.pending, row.parked, row.delivered) == (0, 0, 0, ORDERS)
    assert row.superseded == ORDERS // CHANGED
    assert day.most <= CAP
    assert Bucket(RATE, BURST).overdrawn(day.began) == 0
    assert {number for number, grand in vendor.holds.items() if grand == 99} == {
        str(n) for n in range(0, ORDERS, CHANGED)
    }
    assert len(vendor.done) == len(set(vendor.done)) == ORDERS


def test_a_key_revoked_for_an_hour_makes_no_dead_letter_and_all_flows_after_the_fix(clean_store: str) -> None:
    vendor = Vendor(lambda _: UNAUTHORIZED)
    day = a_day(clean_store, vendor)
    for minute in range(60):
        some = [snapshot(f"e{n}", number=str(n)) for n in range(minute, KEY_ORDERS, 60)]
        day.at(minute * 60 + 1, lambda some=some: take_in(day.ledger, some))
    day.run(HOUR_S)
    row = day.ledger.row()
    assert (row.dead, row.delivered, row.gate.state, row.gate.reason) == (0, 0, "held", "credentials")
    assert len(vendor.asked) < 30
    vendor.rule = lambda _: ACCEPTED
    day.began.clear()
    day.tick_s = 0.5
    day.run_until(lambda: day.ledger.row().delivered == KEY_ORDERS, 4 * KEY_ORDERS / RATE + 1_200)
    assert (day.ledger.row().dead, day.ledger.row().gate.state) == (0, "open")
    assert day.most <= CAP
    assert Bucket(RATE, BURST).overdrawn(day.began) == 0

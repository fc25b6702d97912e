"""What happened in each minute at each provider, kept by the steps themselves."""

from __future__ import annotations

from tests.fakes.ledger import BURY, REJECTED, UNAVAILABLE, Ledger, park, snapshot
from tests.fakes.split import SplitLedger
from worker.ledger.queries.activity import Activity, Minute, MinuteAtProvider


def to_the_middle_of_a_minute(ledger: Ledger) -> None:
    ledger.advance((90 - ledger.store.now_ms() / 1000 % 60) % 60)


def last(ledger: Ledger, minutes: int) -> list[Minute]:
    return Activity(ledger.store).last(minutes)


def of(minute: Minute, name: str = "one") -> MinuteAtProvider:
    return next(one for one in minute.providers if one.provider == name)


def test_delivered_in_a_minute_is_what_two_ticks_lie_apart_and_the_present_one_goes_on(ledger: Ledger) -> None:
    to_the_middle_of_a_minute(ledger)
    ledger.tick()
    ledger.accept(*[snapshot(f"e{n}", number=str(n)) for n in range(5)])
    for _ in range(3):
        ledger.deliver()
    ledger.tick()
    assert [of(minute).delivered for minute in last(ledger, 2)] == [0, 3]
    ledger.advance(60)
    ledger.tick()
    ledger.deliver()
    assert [(minute.accepted, of(minute).delivered) for minute in last(ledger, 2)] == [(5, 3), (0, 1)]


def test_minutes_without_a_worker_are_empty_and_what_was_delivered_before_stays_where_it_was(ledger: Ledger) -> None:
    to_the_middle_of_a_minute(ledger)
    ledger.tick()
    ledger.accept(snapshot("e1"))
    ledger.deliver()
    ledger.advance(180)
    ledger.tick()
    assert [of(minute).delivered for minute in last(ledger, 4)] == [1, 0, 0, 0]


def test_what_is_no_delivery_is_counted_in_its_minute(ledger: Ledger) -> None:
    to_the_middle_of_a_minute(ledger)
    ledger.accept(snapshot("e1"), snapshot("e2"), snapshot("e3", number="1002"), snapshot("e4", number="1003"))
    ledger.deliver()
    ledger.finish(ledger.claim(), REJECTED, BURY)
    ledger.finish(ledger.claim(), UNAVAILABLE, park(60))
    ledger.dead.discard(ledger.deliveries(state="dead")[0].id)
    [minute] = last(ledger, 1)
    found = of(minute)
    assert (minute.accepted, found.superseded, found.dead, found.parked, found.discarded) == (4, 1, 1, 1, 1)


def test_no_more_minutes_are_told_than_are_kept(ledger: Ledger) -> None:
    assert len(last(ledger, 10_000)) == 2 * 24 * 60


def test_over_shards_the_minutes_are_sums(clean_store: str) -> None:
    split = SplitLedger((clean_store,) * 3)
    to_the_middle_of_a_minute(split)
    for split.at in range(3):
        split.tick()
        split.fill(split.at, 2)
    split.borrow(rounds=10)
    for split.at in range(3):
        split.end_all(split.at, [split.claim_in(split.at)])
    [minute] = last(split, 1)
    assert (minute.accepted, of(minute).delivered) == (6, 3)
    split.close()


def test_what_was_accepted_for_a_provider_and_how_long_it_took_there_is_told_by_minute(ledger: Ledger) -> None:
    to_the_middle_of_a_minute(ledger)
    ledger.tick()
    ledger.accept(*[snapshot(f"e{n}1", number=str(n)) for n in range(10)])
    for _ in range(9):
        ledger.deliver()
    ledger.advance(20)
    ledger.deliver()
    ledger.tick()
    found = of(last(ledger, 1)[0])
    assert (found.accepted, found.delivered, sum(found.delays.values())) == (10, 10, 10)
    assert found.delay_p50_ms is not None
    assert found.delay_p50_ms < 1_000
    assert found.delay_p95_ms is not None
    assert 10_000 < found.delay_p95_ms < 40_000
    ledger.advance(60)
    ledger.tick()
    [before, now] = last(ledger, 2)
    assert of(before) == found
    assert (of(now).accepted, of(now).delays, of(now).delay_p50_ms) == (0, {}, None)


def test_a_late_minute_of_delays_is_forgotten_after_two_days(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.deliver()
    ledger.tick()
    [key] = ledger.store.client.keys(ledger.store.keys.key("minute", minute="*"))
    assert 0 < ledger.store.client.ttl(key) <= 2 * 24 * 3600

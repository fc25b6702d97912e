"""The stream of outcomes: what it tells, what it leaves out, and how it is read over all shards."""

from __future__ import annotations

import pytest

from tests.fakes.ledger import BURY, REJECTED, UNAVAILABLE, Ledger, park, snapshot
from tests.fakes.split import SplitLedger
from worker.ledger.queries.outcomes import Outcomes
from worker.ledger.queries.paging import BadCursor


def test_each_end_of_an_attempt_is_told_with_what_it_came_to(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1", number="1"), snapshot("f1", number="2"), snapshot("g1", number="3"))
    ledger.deliver()
    ledger.finish(ledger.claim(), UNAVAILABLE, park(5))
    ledger.finish(ledger.claim(), REJECTED, BURY)
    told, cursor = Outcomes(ledger.store).since()
    assert [(one.order, one.state, one.outcome, one.reason, one.took_ms, one.more) for one in told] == [
        ("1", "delivered", "accepted", "saved", 7, 0),
        ("2", "parked", "unavailable", "server_error", 7, 0),
        ("3", "dead", "rejected", "rejected", 7, 0),
    ]
    ids = {delivery.order: delivery.id for delivery in ledger.deliveries()}
    assert [one.delivery for one in told] == [ids[number] for number in ("1", "2", "3")]
    assert Outcomes(ledger.store).since(cursor) == ([], cursor)
    ledger.tick()
    ledger.advance(9)
    ledger.tick()
    ledger.deliver()
    assert [one.order for one in Outcomes(ledger.store).since(cursor)[0]] == ["2"]


def test_clean_ones_that_come_fast_are_told_as_a_number_and_others_each_for_itself(ledger: Ledger) -> None:
    ledger.accept(*[snapshot(f"e{n}1", number=str(n)) for n in range(12)])
    for _ in range(5):
        ledger.deliver()
    for _ in range(3):
        ledger.finish(ledger.claim(), REJECTED, BURY)
    ledger.advance(1)
    for _ in range(4):
        ledger.deliver()
    told, _ = Outcomes(ledger.store).since()
    assert [one.state for one in told] == ["delivered", "dead", "dead", "dead", "delivered"]
    assert told[-1].more == 4


def test_an_entry_is_small_and_has_no_person_in_it(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.finish(ledger.claim(), REJECTED, BURY)
    [(_, entry)] = ledger.store.client.xrange(ledger.store.keys.key("outcomes"))
    [(name, kept)] = entry.items()
    assert (name, kept.split(b"|")[:6]) == (b"o", [b"one", b"1", b"dead", b"rejected", b"rejected", b"7"])
    assert len(kept) <= 120


def test_the_stream_is_capped(ledger: Ledger) -> None:
    key = ledger.store.keys.key("outcomes")
    with ledger.store.client.pipeline(transaction=False) as pipe:
        for n in range(12_000):
            pipe.xadd(key, {"o": f"one|{n}|dead|rejected|rejected|7|1|0"})
        pipe.execute()
    ledger.accept(snapshot("e1"))
    ledger.finish(ledger.claim(), REJECTED, BURY)
    assert 10_000 <= ledger.store.client.xlen(key) < 10_200
    told, _ = Outcomes(ledger.store).since(most=2)
    assert [one.delivery is None for one in told] == [True, False]


def test_over_shards_outcomes_are_one_list_that_goes_on_at_its_cursor(clean_store: str) -> None:
    split = SplitLedger((clean_store,) * 3)
    for split.at in range(3):
        split.fill(split.at, 3)
    split.borrow(rounds=10)
    for _ in range(3):
        for split.at in range(3):
            split.finish(split.claim_in(split.at), REJECTED, BURY)
            split.advance(1)
    outcomes = Outcomes(split.store)
    every, _ = outcomes.since()
    assert (len(every), [one.at for one in every]) == (9, sorted(one.at for one in every))
    seen, cursor = outcomes.since("0-0.0-0.0-0", most=4)
    while page := outcomes.since(cursor, most=4)[0]:
        cursor = outcomes.since(cursor, most=4)[1]
        seen += page
    assert seen == every
    split.close()


@pytest.mark.parametrize("word", ["x", "1-1.2-2", "1-1 ", "9" * 99 + "-1"])
def test_what_is_no_cursor_is_refused(ledger: Ledger, word: str) -> None:
    with pytest.raises(BadCursor):
        Outcomes(ledger.store).since(word)

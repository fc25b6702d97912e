"""What happened in each minute at each provider, kept by the steps themselves."""

from __future__ import annotations

from tests.fakes.ledger import BURY, REJECTED, Ledger, snapshot


def minute(ledger: Ledger) -> dict[str, int]:
    key = ledger.store.keys.key("minute", minute=ledger.store.now_ms() // 60_000)
    kept = ledger.store.client.hgetall(key)
    return {name.decode().removeprefix("one|"): int(count) for name, count in kept.items()}


def to_the_middle_of_a_minute(ledger: Ledger) -> None:
    ledger.advance((90 - ledger.store.now_ms() / 1000 % 60) % 60)


def test_delivered_in_a_minute_is_what_two_ticks_lie_apart(ledger: Ledger) -> None:
    to_the_middle_of_a_minute(ledger)
    ledger.tick()
    before = minute(ledger)["delivered"]
    ledger.accept(*[snapshot(f"e{n}", number=str(n)) for n in range(5)])
    for _ in range(3):
        ledger.deliver()
    ledger.tick()
    assert minute(ledger)["delivered"] == before
    ledger.advance(60)
    ledger.deliver()
    ledger.tick()
    assert minute(ledger)["delivered"] - before == 4


def test_what_is_no_delivery_is_counted_in_its_minute(ledger: Ledger) -> None:
    to_the_middle_of_a_minute(ledger)
    ledger.accept(snapshot("e1"), snapshot("e2"), snapshot("e3", number="1002"))
    ledger.deliver()
    ledger.finish(ledger.claim(), REJECTED, BURY)
    found = minute(ledger)
    assert (found["superseded"], found["dead"]) == (1, 1)
    assert "delivered" not in found

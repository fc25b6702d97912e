"""What changes at a gate is told once to the whole fleet, with the answer that it changed for, and never as a flood."""

from __future__ import annotations

import msgspec
import pytest

from schemas.gate import GateNews
from tests.fakes.ledger import (
    ACCEPTED,
    BURY,
    DELIVER,
    DENIED,
    DOWN,
    HOLD,
    REJECTED,
    UNAVAILABLE,
    Ledger,
    park,
    snapshot,
)
from worker.ledger.gates import Gates


def many(count: int, start: int = 0) -> list[object]:
    return [snapshot(f"e{i}1", number=str(i)) for i in range(start, start + count)]


def trip(ledger: Ledger) -> None:
    for _ in range(5):
        ledger.finish(ledger.claim(), DOWN, park(0))


def told(ledger: Ledger) -> list[str]:
    return [one.state for one in ledger.gates.news()]


def until_ms(ledger: Ledger) -> int:
    return int(float(ledger.store.client.hget(ledger.store.keys.key("gate", provider="one"), "tripped")))


def test_a_trip_is_told_with_the_answer_it_tripped_for_and_how_many_wait(ledger: Ledger) -> None:
    ledger.accept(*many(12))
    trip(ledger)
    [news] = ledger.gates.news()
    assert (news.provider, news.state, news.reason) == ("one", "tripped", "trouble")
    assert (news.http_status, news.message) == (503, "503 from desk.example")
    assert (news.waiting, news.until_ms) == (12, until_ms(ledger))
    assert abs(news.at_ms - ledger.store.now_ms()) < 5000


def test_what_one_worker_has_told_no_other_tells(ledger: Ledger) -> None:
    ledger.accept(*many(12))
    trip(ledger)
    other = Gates(ledger.store)
    assert [len(ledger.gates.news()), len(other.news())] == [1, 0]


def test_a_night_of_failed_probes_is_one_line_and_another_when_it_is_over(ledger: Ledger) -> None:
    ledger.accept(*many(12))
    trip(ledger)
    for _ in range(8):
        ledger.advance(700)
        ledger.tick()
        ledger.finish(ledger.claim(), DOWN, park(0))
    ledger.advance(700)
    ledger.tick()
    ledger.deliver()
    news = ledger.gates.news()
    assert [one.state for one in news] == ["tripped", "open"]
    assert news[1].closed_ms is not None
    assert 9 * 700_000 <= news[1].closed_ms < 9 * 700_000 + 60_000
    assert news[1].waiting == 11


def test_a_hold_for_credentials_is_told_with_what_the_vendor_said(ledger: Ledger) -> None:
    ledger.accept(*many(4))
    for _ in range(3):
        ledger.finish(ledger.claim(), DENIED, HOLD)
    [news] = ledger.gates.news()
    assert (news.state, news.reason, news.http_status, news.message) == ("held", "credentials", 401, "Invalid API key")


def test_a_hold_for_rejecting_everything_is_told_with_the_last_rejection(ledger: Ledger) -> None:
    ledger.accept(*many(30))
    for _ in range(20):
        ledger.finish(ledger.claim(), REJECTED, BURY, fingerprint="f1")
    [news] = ledger.gates.news()
    assert (news.state, news.reason, news.message) == ("held", "rejects_everything", "No product 'A-1'.")


def test_a_pause_and_a_resume_are_told_with_who_and_why(ledger: Ledger) -> None:
    ledger.pause("one", who="ann", why="their release night", at_ms=0)
    ledger.resume("one", who="bob", why="they are done")
    paused, opened = ledger.gates.news()
    assert (paused.state, paused.who, paused.why) == ("paused", "ann", "their release night")
    assert (opened.state, opened.who, opened.why) == ("open", "bob", "they are done")


def test_deliveries_that_go_well_and_single_troubles_tell_nothing(ledger: Ledger) -> None:
    ledger.accept(*many(6))
    ledger.deliver()
    ledger.finish(ledger.claim(), UNAVAILABLE, park(0))
    ledger.finish(ledger.claim(), REJECTED, BURY)
    ledger.deliver()
    assert ledger.gates.news() == []


def test_deliveries_that_go_well_write_nothing_of_it(ledger: Ledger) -> None:
    ledger.accept(*many(6))
    ledger.deliver()
    ledger.store.client.config_resetstat()
    for _ in range(5):
        ledger.deliver()
    done = ledger.store.client.info("commandstats").keys()
    assert not {"cmdstat_rpush", "cmdstat_ltrim", "cmdstat_lpop"} & done
    assert not ledger.store.client.exists(ledger.store.keys.key("gate_news"), ledger.store.keys.key("gate_told"))
    assert ledger.store.client.hget(ledger.store.keys.key("gate", provider="one"), "answer") is None


def flap(ledger: Ledger, start: int) -> None:
    """Open, five troubles, a trip, a probe that succeeds, and open again."""
    ledger.accept(*many(6, start))
    for _ in range(5):
        ledger.finish(ledger.claim(), DOWN, park(1_000_000))
    ledger.advance(20)
    ledger.finish(ledger.claim(), ACCEPTED, DELIVER)


def test_a_gate_that_flaps_is_told_six_times_in_ten_minutes_and_then_in_sum(ledger: Ledger) -> None:
    for n in range(8):
        flap(ledger, n * 6)
    assert told(ledger) == ["tripped", "open"] * 3
    assert told(ledger) == []
    ledger.advance(601)
    [news] = ledger.gates.news()
    assert (news.state, news.untold) == ("open", 9)
    assert told(ledger) == []


def test_a_hold_is_told_at_once_whatever_flapped_before(ledger: Ledger) -> None:
    for n in range(5):
        flap(ledger, n * 6)
    told(ledger)
    ledger.accept(*many(3, start=100))
    for _ in range(3):
        ledger.finish(ledger.claim(), DENIED, HOLD)
    [news] = ledger.gates.news()
    assert (news.state, news.untold) == ("held", 4)
    ledger.advance(601)
    assert told(ledger) == []


def test_what_is_told_no_more_is_forgotten(ledger: Ledger) -> None:
    ledger.pause("one", who="ann", why="enough", at_ms=0)
    told(ledger)
    key = ledger.store.keys.key("gate_told")
    assert ledger.store.client.hlen(key) == 1
    ledger.advance(601)
    told(ledger)
    assert ledger.store.client.hlen(key) == 0


def test_a_person_is_told_of_whatever_the_flood(ledger: Ledger) -> None:
    for n in range(4):
        flap(ledger, n * 6)
    told(ledger)
    ledger.pause("one", who="ann", why="enough", at_ms=0)
    assert told(ledger) == ["paused"]


def test_news_that_nobody_fetches_is_bounded(ledger: Ledger) -> None:
    for n in range(60):
        ledger.pause("one", who="ann", why=str(n), at_ms=0)
        ledger.resume("one", who="ann", why=str(n))
    kept = ledger.store.client.llen(ledger.store.keys.key("gate_news"))
    assert kept == 100
    assert ledger.gates.news()[-1].why == "59"


@pytest.mark.parametrize("message", ["ümläut 漢字 \U0001f4a5", 'a "quoted" \\ word\n', "x" * 4000])
def test_the_words_of_a_vendor_are_told_as_they_are(ledger: Ledger, message: str) -> None:
    ledger.accept(*many(5))
    for _ in range(5):
        ledger.finish(ledger.claim(), msgspec.structs.replace(DOWN, message=message), park(0))
    [news] = ledger.gates.news()
    assert isinstance(news, GateNews)
    assert news.message == message

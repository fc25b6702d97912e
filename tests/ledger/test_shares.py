"""Who is next: classes by their shares, sources in turn, and within a source the longest waiting."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.config import GateConfig
from schemas.event import Event
from tests.fakes.ledger import BURY, REJECTED, UNAVAILABLE, Ledger, action, park, snapshot


@pytest.fixture
def patient(clean_store: str) -> Ledger:
    """A ledger whose gate never trips."""
    return Ledger(clean_store, gate=GateConfig(trip_after=100_000))


def many(word: str, count: int, source: str = "shop/one") -> list[Event]:
    return [snapshot(f"{word}{n}-1", number=f"{word}-{n}", source=source) for n in range(count)]


def retried(ledger: Ledger, word: str, count: int, source: str = "shop/one") -> None:
    """So many lanes that were tried once, and are due again in that order at the next tick."""
    ledger.accept(*many(word, count, source))
    for n in range(count):
        ledger.finish(ledger.claim(), UNAVAILABLE, park(1 + n / 100))
    ledger.advance(1 + count / 100)


def buried(ledger: Ledger, word: str, count: int, source: str = "shop/one") -> None:
    ledger.accept(*many(word, count, source))
    for n in range(count):
        ledger.finish(ledger.claim(), REJECTED, BURY, fingerprint=f"f{n % 2}")


def replay_all(ledger: Ledger) -> None:
    letters = [one.id for one in ledger.deliveries(state="dead")]
    assert {done.result for done in ledger.dead.replay_each(letters)} == {"replayed"}


def next_words(ledger: Ledger, count: int) -> list[str]:
    """The first word of the order's number of each of the next so many deliveries."""
    return [ledger.deliver().event.subject.partition("-")[0] for _ in range(count)]


def test_of_eighty_turns_first_tries_have_57_retried_ones_19_and_replays_4(patient: Ledger) -> None:
    buried(patient, "again", 10)
    retried(patient, "retry", 40)
    patient.tick()
    replay_all(patient)
    patient.accept(*many("first", 80))
    assert Counter(next_words(patient, 80)) == {"first": 57, "retry": 19, "again": 4}


def test_a_class_that_waits_alone_has_every_turn(patient: Ledger) -> None:
    retried(patient, "retry", 20)
    patient.tick()
    assert next_words(patient, 20) == ["retry"] * 20


def test_a_replay_behind_live_traffic_comes_within_twenty_turns(patient: Ledger) -> None:
    buried(patient, "again", 1)
    replay_all(patient)
    patient.accept(*many("first", 30))
    assert "again" in next_words(patient, 20)


def test_within_a_class_the_longest_waiting_is_next(patient: Ledger) -> None:
    retried(patient, "retry", 6)
    patient.tick()
    assert [patient.deliver().event.subject for _ in range(6)] == [f"retry-{n}" for n in range(6)]


def test_a_single_order_does_not_wait_for_another_sources_backlog(patient: Ledger) -> None:
    patient.accept(*many("busy", 300, "shop/busy"))
    patient.accept(*many("small", 1, "shop/small"))
    assert "small" in next_words(patient, 2)


def test_a_single_retried_order_does_not_wait_for_another_sources_backlog(patient: Ledger) -> None:
    retried(patient, "busy", 120, "shop/busy")
    retried(patient, "small", 1, "shop/small")
    patient.tick()
    assert "small" in next_words(patient, 2)


def test_a_single_replay_does_not_wait_for_another_sources_backlog(patient: Ledger) -> None:
    buried(patient, "busy", 60, "shop/busy")
    buried(patient, "small", 1, "shop/small")
    replay_all(patient)
    assert "small" in next_words(patient, 2)


def test_the_lane_of_an_order_keeps_its_order_among_many_sources(patient: Ledger) -> None:
    patient.accept(snapshot("e1", source="shop/a"), action("a1", source="shop/a"), action("a2", source="shop/a"))
    patient.accept(*many("b", 3, "shop/b"))
    seen = [patient.deliver().event.id for _ in range(6)]
    assert [one for one in seen if one in ("e1", "a1", "a2")] == ["e1", "a1", "a2"]


def test_an_order_with_more_events_takes_its_place_by_their_arrival(patient: Ledger) -> None:
    patient.accept(*many("b", 1, "shop/b"))
    patient.deliver()
    first, *rest = many("a", 9, "shop/a")
    patient.accept(first, action("a1", number="a-0", source="shop/a"), *rest)
    assert [patient.deliver().event.id for _ in range(3)] == ["a0-1", "a1", "a1-1"]


def served(ledger: Ledger, steps: list[str]) -> list[tuple[str, set[str]]]:
    """Works off what comes: a letter is an order of that source that arrives, a dot is a turn. Gives for each turn the
    source that had it, and all that had lanes waiting."""
    waiting: dict[str, list[str]] = {}
    turns = []
    for n, step in enumerate([*steps, *("." * len(steps))]):
        if step != ".":
            ledger.accept(snapshot(f"e{n}-1", number=f"{step}-{n}", source=f"shop/{step}"))
            waiting.setdefault(step, []).append(f"{step}-{n}")
        elif any(waiting.values()):
            number = ledger.deliver().event.subject
            turns.append((number[0], {source for source, lanes in waiting.items() if lanes}))
            assert waiting[number[0]].pop(0) == number, "the longest waiting of its source"
    assert not any(waiting.values())
    return turns


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from("aaabcd.."), max_size=50))
def test_between_two_turns_of_a_source_each_that_waits_has_one(clean_store: str, steps: list[str]) -> None:
    ledger = Ledger(clean_store)
    ledger.store.client.flushall()
    turns = served(Ledger(clean_store), steps)
    for last, (source, _) in enumerate(turns):
        before = [n for n in range(last) if turns[n][0] == source]
        if before:
            between = turns[before[-1] + 1 : last]
            patient = set.intersection(*(waiting for _, waiting in turns[before[-1] : last + 1]))
            assert patient <= {source} | {other for other, _ in between}
    ledger.store.close()

"""What an unclean attempt sent is kept beside it: once, bounded, and as long as its event."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from schemas.delivery import SentRequest
from schemas.outcome import Outcome, Verdict
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, REJECTED, UNAVAILABLE, Ledger, action, ended, park, snapshot
from worker.ledger.customers import Customers
from worker.ledger.queries.next_attempts import NextAttempt, NextAttempts
from worker.ledger.retention import Retention
from worker.ledger.store.codec import SENT_BYTES, pack_sent, unpack_sent


@pytest.fixture
def ledger(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store)
    yield made
    made.store.close()


def sent(number: int, body: bytes = b'{"order": 1}') -> SentRequest:
    return SentRequest(f"{number:016x}", "save", "POST", "application/json", body)


def attempt(ledger: Ledger, outcome: Outcome, verdict: Verdict, what: SentRequest | None) -> None:
    claim = ledger.claim()
    ledger.runner().finish(claim, ended(claim, outcome, verdict, sent=what), last=True)
    ledger.advance(6)
    ledger.tick()


def next_attempt(ledger: Ledger, event_id: str = "e1") -> NextAttempt:
    [one] = [one for one in ledger.deliveries(provider="one") if one.event_id == event_id]
    found = NextAttempts(ledger.store).of(one.id)
    assert found is not None
    return found


def keys(ledger: Ledger) -> list[bytes]:
    return list(ledger.store.client.scan_iter(f"{ledger.store.tag}sb:*"))


def test_what_is_sent_again_is_kept_once_and_of_what_differs_the_last_three(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    for number in (1, 1, 2, 3, 4):
        attempt(ledger, UNAVAILABLE, park(), sent(number))
    attempt(ledger, REJECTED, BURY, sent(4))
    assert [one.digest[-1] for one in next_attempt(ledger).sent] == ["2", "3", "4"]
    assert next_attempt(ledger).sent[-1] == sent(4)


def test_a_clean_delivery_keeps_nothing(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    attempt(ledger, ACCEPTED, DELIVER, None)
    assert (next_attempt(ledger).sent, keys(ledger)) == ((), [])


def test_what_is_long_is_cut_to_what_may_be_kept_and_says_so() -> None:
    packed = pack_sent(sent(1, os.urandom(100_000)))
    assert len(packed) <= SENT_BYTES
    assert unpack_sent(packed).is_cut
    whole = sent(1, b"x" * 100_000)
    assert unpack_sent(pack_sent(whole)) == whole


def test_it_goes_with_its_event(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    attempt(ledger, UNAVAILABLE, park(), sent(1))
    attempt(ledger, ACCEPTED, DELIVER, None)
    assert len(keys(ledger)) == 1
    ledger.advance(60)
    assert Retention(ledger.store, 1_000, Customers(ledger.store)).sweep(ledger.store.now_ms()) == 1
    assert keys(ledger) == []


def test_an_edit_is_what_would_be_sent_next_under_its_number(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    attempt(ledger, REJECTED, BURY, sent(1))
    edited = snapshot(grand="12")
    ledger.dead.replay(next_attempt(ledger).delivery.id, edited=edited)
    found = next_attempt(ledger)
    assert (found.event, found.edit, found.accepted) == (edited, 1, snapshot())
    attempt(ledger, ACCEPTED, DELIVER, None)
    found = next_attempt(ledger)
    assert (found.event, found.edit) == (edited, 1)
    assert found.link is not None
    assert found.link.order_id == "77"


def test_an_action_knows_its_order_and_link(ledger: Ledger) -> None:
    ledger.accept(snapshot())
    attempt(ledger, ACCEPTED, DELIVER, None)
    ledger.accept(action())
    found = next_attempt(ledger, "a1")
    assert found.known_order == snapshot().order
    assert found.link is not None
    assert found.link.order_id == "77"
    assert NextAttempts(ledger.store).of("d" + "a" * 25) is None

"""What is kept comes back as it was; and what is kept for long can be read for as long."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.delivery import Attempt, Link, State
from schemas.event import encode_event
from tests.fakes.ledger import action, snapshot
from worker.ledger.store.codec import (
    FinalDelivery,
    pack_attempt,
    pack_event,
    pack_link,
    unpack_attempt,
    unpack_event,
    unpack_final,
    unpack_link,
)
from worker.ledger.store.phrases import PHRASES

texts = st.text(max_size=20)
ids = st.none() | st.text(min_size=1, max_size=20)
maps = st.dictionaries(texts, texts, max_size=3)
links = st.builds(Link, order_id=ids, contact_id=ids, line_ids=maps, notes=maps)
attempts = st.builds(
    Attempt,
    number=st.integers(1, 99),
    at_ms=st.integers(10**12, 2 * 10**12),
    took_ms=st.integers(0, 10**6),
    outcome=st.sampled_from(["accepted", "rejected", "unknown"]),
    reason=st.sampled_from(["saved", "exists", "no_answer"]),
    http_status=st.none() | st.integers(100, 599),
    message=texts,
    excerpt=texts,
    digest=st.sampled_from(["", "0123456789abcdef"]),
)


@given(links)
def test_a_link_comes_back_as_it_was(link: Link) -> None:
    assert unpack_link(pack_link(link)) == link


@given(attempts)
def test_an_attempt_comes_back_as_it_was(attempt: Attempt) -> None:
    assert unpack_attempt(pack_attempt(attempt)) == attempt


def test_a_plain_success_is_kept_in_thirty_bytes() -> None:
    plain = Attempt(number=1, at_ms=1_795_326_937_563, took_ms=180, outcome="accepted", reason="saved", http_status=201)
    assert pack_attempt(plain) == b"[1,1795326937563,180,201]"


def test_what_goes_without_saying_of_a_final_delivery_is_that_it_was_delivered_because_saved() -> None:
    kept = b'|1795326937563|||||[1,1795326937563,180,201]\n["77"]'
    attempt, link = b"[1,1795326937563,180,201]", Link(order_id="77")
    final = FinalDelivery(State.DELIVERED, 1_795_326_937_563, "saved", None, 0, None, attempt, link)
    assert unpack_final(kept) == final


def test_a_final_delivery_says_what_superseded_it_and_how_often_it_was_tried_and_edited() -> None:
    kept = b"superseded|1795326937563|newer|12|2|3|"
    final = FinalDelivery(State.SUPERSEDED, 1_795_326_937_563, "newer", 12, 2, 3, b"", None)
    assert unpack_final(kept) == final


def test_an_attempt_kept_with_a_final_delivery_may_have_bars_in_it() -> None:
    kept = b'discarded|1795326937563|discarded|||2|[2,1795326937563,180,"rejected","no_product",422,"a|b"]'
    final = unpack_final(kept)
    assert final is not None
    assert unpack_attempt(final.last_attempt).message == "a|b"


@pytest.mark.parametrize("kept", [b"", None])
def test_a_delivery_that_is_not_final_is_none(kept: bytes | None) -> None:
    assert unpack_final(kept) is None


@pytest.mark.parametrize("event", [snapshot(revision=7), action()], ids=["snapshot", "action"])
def test_an_event_comes_back_as_it_was_and_smaller(event: object) -> None:
    body = pack_event(event)
    assert unpack_event(body) == event
    assert len(body) < 0.6 * len(encode_event(event))


def test_a_body_of_another_codec_says_so() -> None:
    with pytest.raises(ValueError, match="unknown codec"):
        unpack_event(b"\x01" + pack_event(snapshot())[1:])


def test_the_phrases_that_bodies_are_compressed_against_never_change() -> None:
    """Every body that is kept was compressed against this text: another one would make all of them unreadable."""
    assert sha256(PHRASES).hexdigest()[:16] == "3c8699e695bc08e7"

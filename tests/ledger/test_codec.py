"""What is kept comes back as it was; and what is kept for long can be read for as long."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.delivery import Attempt, Link
from schemas.event import encode_event
from tests.fakes.ledger import action, snapshot
from worker.ledger.store.codec import pack_attempt, pack_event, pack_link, unpack_attempt, unpack_event, unpack_link
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

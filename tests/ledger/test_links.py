"""What is known of an order's ids at a provider, and a person's word on it."""

from __future__ import annotations

import msgspec
import pytest

from schemas.delivery import Link, order_digest
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, UNKNOWN, Ledger, action, park, snapshot
from worker.ledger.links import KnownLink, Links

ORDER = order_digest("shop/one", "1001")
RICH = Link(order_id="77", contact_id="5", line_ids={"1": "31", "2": "32"}, notes={"discount": "4.00"})


def known(ledger: Ledger, provider: str = "one") -> KnownLink:
    [found] = Links(ledger.store).known(ORDER, [provider])
    return found


def correct(ledger: Ledger, ids: Link | None, order: str = ORDER, why: str = "asked them") -> str:
    return Links(ledger.store).correct("one", order, ids, what="one shop/one 1001", why=why, who="ann")


def linked(ledger: Ledger, link: Link = RICH) -> None:
    """The order has been delivered, and this was learned."""
    ledger.accept(snapshot("e1"))
    ledger.finish(ledger.claim(), msgspec.structs.replace(ACCEPTED, link=link), DELIVER)


def in_doubt(ledger: Ledger) -> None:
    """The order may have been created, and the try is parked."""
    ledger.accept(snapshot("e1"))
    ledger.finish(ledger.claim(), UNKNOWN, park(5, in_doubt=True))


def test_nothing_is_known_of_an_order_that_was_not_sent(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    assert known(ledger) == KnownLink(provider="one", link=None, in_doubt_since=None)


def test_what_a_delivery_learned_is_known_at_its_provider_alone(clean_store: str) -> None:
    ledger = Ledger(clean_store, "one", "two")
    linked(ledger)
    assert (known(ledger).link, known(ledger, "two").link) == (RICH, None)
    ledger.store.close()


def test_an_order_id_from_a_person_ends_the_doubt_about_the_creation(ledger: Ledger) -> None:
    in_doubt(ledger)
    assert known(ledger).in_doubt_since is not None
    assert correct(ledger, Link(order_id="88")) == "linked"
    assert known(ledger) == KnownLink(provider="one", link=Link(order_id="88"), in_doubt_since=None)
    assert [one.in_doubt for one in ledger.deliveries()] == [False]
    ledger.advance(5)
    ledger.tick()
    claim = ledger.claim()
    assert (claim.link, claim.maybe_since_ms, claim.doubt_since_ms) == (Link(order_id="88"), None, None)


def test_a_link_that_a_person_gives_before_the_first_try_is_known_to_it(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    assert correct(ledger, Link(order_id="88")) == "linked"
    assert ledger.claim().link == Link(order_id="88")
    assert ledger.nothing() is None


def test_a_dead_letter_in_doubt_is_replayed_by_the_link_that_a_person_gave(ledger: Ledger) -> None:
    in_doubt(ledger)
    ledger.advance(5)
    ledger.tick()
    ledger.finish(ledger.claim(), UNKNOWN, msgspec.structs.replace(BURY, in_doubt=True))
    correct(ledger, Link(order_id="88"))
    [dead] = ledger.deliveries(state="dead")
    ledger.dead.replay(dead.id)
    claim = ledger.claim()
    assert (claim.link, claim.doubt_since_ms) == (Link(order_id="88"), None)


def test_a_contact_or_a_line_says_nothing_about_the_creation(ledger: Ledger) -> None:
    in_doubt(ledger)
    before = known(ledger).in_doubt_since
    correct(ledger, Link(contact_id="5", line_ids={"1": "31"}))
    after = known(ledger)
    assert after.in_doubt_since == before is not None
    assert after.link == Link(contact_id="5", line_ids={"1": "31"})


def test_doubt_about_an_action_is_not_ended_by_an_order_id(ledger: Ledger) -> None:
    linked(ledger)
    ledger.accept(action("a1"))
    ledger.finish(ledger.claim(), UNKNOWN, park(5, in_doubt=True))
    correct(ledger, Link(order_id="88"))
    assert {one.event_id: one.in_doubt for one in ledger.deliveries()} == {"e1": False, "a1": True}


def test_an_order_that_is_not_there_is_created_anew_without_a_look(ledger: Ledger) -> None:
    in_doubt(ledger)
    correct(ledger, None)
    assert known(ledger) == KnownLink(provider="one", link=None, in_doubt_since=None)
    ledger.advance(5)
    ledger.tick()
    claim = ledger.claim()
    assert (claim.link, claim.maybe_since_ms, claim.doubt_since_ms) == (None, None, None)


def test_a_link_is_forgotten_with_all_that_is_in_it(ledger: Ledger) -> None:
    linked(ledger)
    correct(ledger, None)
    correct(ledger, Link(order_id="88"))
    assert known(ledger).link == Link(order_id="88")


def test_what_is_not_named_stays(ledger: Ledger) -> None:
    linked(ledger)
    correct(ledger, Link(line_ids={"2": "99", "drei=3 — ß": "33"}))
    correct(ledger, Link(order_id="77", contact_id="6"))
    assert known(ledger).link == replace_link(contact_id="6", line_ids={"1": "31", "2": "99", "drei=3 — ß": "33"})


def test_the_lines_and_notes_of_another_order_there_are_dropped(ledger: Ledger) -> None:
    linked(ledger)
    correct(ledger, Link(order_id="88", line_ids={"1": "41"}))
    assert known(ledger).link == Link(order_id="88", contact_id="5", line_ids={"1": "41"})


def test_nothing_is_corrected_under_an_attempt_which_ends_as_it_would_have(ledger: Ledger) -> None:
    """The race: the attempt would write the order that it found over the one that a person named, or the reverse."""
    ledger.accept(snapshot("e1"))
    claim = ledger.claim()
    assert correct(ledger, Link(order_id="88")) == "attempting"
    assert correct(ledger, None) == "attempting"
    ledger.finish(claim, ACCEPTED, DELIVER)
    assert known(ledger).link == ACCEPTED.link
    assert audit(ledger) == []


def test_an_attempt_that_ends_late_does_not_overwrite_a_persons_word(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    claim = ledger.claim()
    ledger.advance(400)
    ledger.tick()
    assert correct(ledger, Link(order_id="88")) == "linked"
    again = ledger.claim()
    ledger.finish(claim, ACCEPTED, DELIVER)
    assert known(ledger).link == Link(order_id="88") == again.link


@pytest.mark.parametrize("ids", [Link(order_id="88"), None])
def test_an_order_that_nobody_knows_has_no_link(ledger: Ledger, ids: Link | None) -> None:
    unknown = order_digest("shop/one", "9")
    assert correct(ledger, ids, unknown) == "not_found"
    assert ledger.store.client.exists(ledger.store.keys.key("order", order=unknown)) == 0


def test_the_word_goes_on_record_with_what_was_known_before(ledger: Ledger) -> None:
    linked(ledger)
    correct(ledger, Link(order_id="88"), why="they merged two")
    correct(ledger, None, why="they deleted it")
    correct(ledger, Link(order_id="89"), why="no")
    assert [(entry["verb"], entry["what"], entry["why"], entry["who"]) for entry in audit(ledger)] == [
        ("link", "one shop/one 1001, was 77", "they merged two", "ann"),
        ("link", "one shop/one 1001, was 88", "they deleted it", "ann"),
        ("link", "one shop/one 1001, was none", "no", "ann"),
    ]


def test_a_corrected_order_is_kept_no_longer_than_before(ledger: Ledger) -> None:
    linked(ledger)
    key = ledger.store.keys.key("order", order=ORDER)
    before = ledger.store.client.pttl(key)
    correct(ledger, Link(order_id="88"))
    assert 0 < ledger.store.client.pttl(key) <= before


def audit(ledger: Ledger) -> list[dict[str, str]]:
    entries = ledger.store.client.xrange(ledger.store.keys.key("audit"))
    return [{name.decode(): value.decode() for name, value in entry.items()} for _, entry in entries]


def replace_link(**changes: object) -> Link:
    return msgspec.structs.replace(RICH, **changes)

"""What an order's first event learned of it stays with that event until there is more to know, and is never missed."""

from __future__ import annotations

import msgspec
import pytest

from schemas.delivery import Link, order_digest
from tests.fakes.ledger import ACCEPTED, DELIVER, Ledger, action, snapshot
from worker.ledger.links import Links, read_links
from worker.ledger.provider_table import apply_table

ORDER = order_digest("shop/one", "1001")
SAVED = Link(order_id="77")


def known(ledger: Ledger, provider: str = "one") -> Link | None:
    [(link, _)] = read_links(ledger.store, [(provider, ORDER)])
    return link


def in_order(ledger: Ledger, provider: str = "one") -> bool:
    """Whether the order itself has the link."""
    key = ledger.store.keys.key("order", order=ORDER)
    return bool(ledger.store.client.hexists(key, f"l:{provider}"))


def test_the_only_event_keeps_the_link_and_everybody_sees_it(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.deliver()
    assert not in_order(ledger)
    assert known(ledger) == SAVED
    [shown] = ledger.deliveries()
    assert (shown.link, shown.last_attempt is not None, shown.attempts) == (SAVED, True, 1)


@pytest.mark.parametrize("second", [snapshot("e2", grand="20"), action("a1")])
def test_the_second_event_has_the_link_of_the_first(ledger: Ledger, second: object) -> None:
    ledger.accept(snapshot("e1"))
    ledger.deliver()
    ledger.accept(second)  # type: ignore[arg-type]
    assert ledger.claim().link == SAVED
    assert in_order(ledger)
    assert [shown.link for shown in ledger.deliveries()] == [SAVED, SAVED]


def test_a_second_event_that_comes_while_the_first_is_under_way_has_its_link(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    first = ledger.claim()
    ledger.accept(snapshot("e2", grand="20"))
    ledger.finish(first, ACCEPTED, DELIVER)
    assert ledger.claim().link == SAVED


def test_an_event_that_is_not_for_a_provider_takes_nothing_from_its_first_link(clean_store: str) -> None:
    ledger = Ledger(clean_store, "one", "two")
    ledger.accept(snapshot("e1"))
    first = ledger.claim("two")
    ledger.deliver("one")
    narrow = {**ledger.configs, "two": msgspec.structs.replace(ledger.configs["two"], events=("order.created",))}
    apply_table(ledger.store, narrow, "narrow")
    ledger.accept(snapshot("e2", grand="20"))
    ledger.finish(first, ACCEPTED, DELIVER, "two")
    apply_table(ledger.store, ledger.configs, "wide")
    ledger.accept(snapshot("e3", grand="30"))
    assert ledger.claim("two").link == SAVED
    assert ledger.claim("one").link == SAVED
    ledger.store.close()


def test_a_first_event_that_is_sent_again_knows_where_it_is(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.deliver()
    [done] = ledger.deliveries()
    assert ledger.dead.replay(done.id, force=True).result == "replayed"
    claim = ledger.claim()
    assert (claim.link, claim.number) == (SAVED, 2)


def test_a_persons_correction_adds_to_what_the_first_event_learned(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.deliver()
    said = Link(line_ids={"1": "31"})
    assert Links(ledger.store).correct("one", ORDER, said, what="one", why="asked", who="ann") == "linked"
    assert known(ledger) == Link(order_id="77", line_ids={"1": "31"})
    assert Links(ledger.store).correct("one", ORDER, None, what="one", why="asked", who="ann") == "linked"
    assert known(ledger) is None
    assert [shown.link for shown in ledger.deliveries()] == [None]


def test_what_no_order_was_known_by_before_is_not_taken_from_a_message_with_a_line_break(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    told = msgspec.structs.replace(ACCEPTED, link=None, message='saved\n["99"]')
    ledger.finish(ledger.claim(), told, DELIVER)
    assert known(ledger) is None
    [shown] = ledger.deliveries()
    assert shown.last_attempt is not None
    assert shown.last_attempt.message == 'saved\n["99"]'

"""Orders by whatever somebody has at hand, and the hashes by which an e-mail finds them."""

from __future__ import annotations

from schemas.outcome import Reason
from tests.fakes.ledger import SOURCE, Ledger
from tests.fakes.planted_customer import EMAIL, named, other
from worker.ledger.customers import Customers
from worker.ledger.queries.search import Search
from worker.ledger.retention import Retention


def test_an_order_is_found_by_the_email_of_its_customer_in_any_case(ledger: Ledger) -> None:
    ledger.accept(named("e1"), named("e2"), named("e3", "1003", "ZOE.Quux@example.com "), other())
    found = Search(ledger.store).find(f" {EMAIL.upper()}")
    assert sorted((one.source, one.order, one.by) for one in found) == [
        (SOURCE, "1001", "email"),
        (SOURCE, "1003", "email"),
    ]
    assert Search(ledger.store).find("nobody@example.com") == []


def test_an_order_is_found_by_its_number_and_by_every_id_of_ours(ledger: Ledger) -> None:
    ledger.accept(named("e1"))
    delivery = ledger.deliveries()[0].id
    ledger.intake.refuse(b"{}", Reason.INVALID, [], source=SOURCE, event_id="e9", order="1001")
    search = Search(ledger.store)
    assert [(one.by, one.id) for one in search.find("1001")] == [("number", None), ("refusal", "r2")]
    assert [(one.by, one.order) for one in search.find("e1")] == [("event", "1001")]
    for written in (delivery, delivery[:8]):
        assert [(one.by, one.id, one.order) for one in search.find(written)] == [("delivery", delivery, "1001")]
    assert [(one.by, one.order) for one in search.find("r2")] == [("refusal", "1001")]
    assert search.find("x") == []


def test_a_refused_event_is_found_by_the_id_that_it_told(ledger: Ledger) -> None:
    refuse = ledger.intake.refuse
    refuse(b"{}", Reason.INVALID, [], source=SOURCE, event_id="e9", order="1001")
    refuse(b"[]", Reason.INVALID, [], source=SOURCE, event_id="e8")
    refuse(b"", Reason.NOT_JSON, [])
    search = Search(ledger.store)
    assert [(one.by, one.id, one.order) for one in search.find("e9")] == [("refusal", "r1", "1001")]
    assert [(one.by, one.id, one.order) for one in search.find("e8")] == [("refusal", "r2", None)]
    assert search.find("e7") == []


def test_the_hash_of_an_event_goes_with_it(ledger: Ledger) -> None:
    ledger.accept(named("e1"))
    ledger.deliver()
    ledger.advance(30 * 86_400)
    assert Retention(ledger.store, 1, Customers(ledger.store)).sweep(ledger.store.now_ms()) == 1
    assert ledger.store.client.keys("*}:em:*") == []


def test_a_hash_costs_some_twenty_bytes_an_event_and_its_buckets_stay_small(ledger: Ledger) -> None:
    ledger.accept(*(named(f"{n}-1", str(n), f"c{n}@example.com") for n in range(2_000)))
    client = ledger.store.client
    keys = client.keys("*}:em:*")
    assert len(keys) <= 256
    listed = [client.lrange(key, 0, -1) for key in keys]
    assert sum(map(len, listed)) == 2_000
    assert max(map(len, listed)) < 128  # one small piece of memory each
    assert sum(client.memory_usage(key, samples=0) for key in keys) / 2_000 < 40  # of a block that is an eighth full


def test_two_who_make_the_key_at_once_have_the_same(ledger: Ledger) -> None:
    one, two = Customers(ledger.store), Customers(ledger.store)
    assert one.hash_of(EMAIL) == two.hash_of(EMAIL) == b""
    assert one.hashed(EMAIL) == two.hashed(EMAIL.upper()) != one.hashed("other@example.com")
    assert len(one.hashed(EMAIL)) == 12

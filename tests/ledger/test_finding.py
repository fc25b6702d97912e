"""A delivery is found by its id, whenever its event came in."""

from __future__ import annotations

from tests.fakes.ledger import Ledger, snapshot
from worker.ledger.customers import Customers
from worker.ledger.queries.finding import AT_ONCE, seqs_of
from worker.ledger.retention import Retention

BLOCK = 16_384
UNKNOWN = "d" + "a" * 25


def accepted_as(ledger: Ledger, seq: int, name: str) -> str:
    """The first delivery of an event that is the ledger's arrival of this number."""
    ledger.store.client.set(ledger.store.keys.key("seq"), seq - 1)
    [receipt] = ledger.accept(snapshot(name, number=name))
    return receipt.deliveries[0]


def blocks(ledger: Ledger) -> set[bytes]:
    return {key for key in ledger.store.client.keys("*") if b":ids:" in key or key.endswith(b"idb")}


def test_deliveries_of_all_blocks_are_found_and_an_unknown_one_is_not(ledger: Ledger) -> None:
    seqs = [1, BLOCK - 1, BLOCK, 3 * BLOCK + 7]
    ids = [accepted_as(ledger, seq, f"e{seq}") for seq in seqs]
    assert len(blocks(ledger)) == 4
    assert seqs_of(ledger.store, [*ids, UNKNOWN]) == [*seqs, None]
    assert seqs_of(ledger.store, [UNKNOWN, ids[3], UNKNOWN, ids[0], ids[0]]) == [None, seqs[3], None, 1, 1]
    assert seqs_of(ledger.store, []) == []


def test_any_number_of_ids_is_looked_for(ledger: Ledger) -> None:
    first, last = accepted_as(ledger, 1, "e1"), accepted_as(ledger, BLOCK + 1, "e2")
    asked = [first, *[UNKNOWN] * (9 * AT_ONCE), last]
    found = seqs_of(ledger.store, asked)
    assert (len(found), found[0], found[-1]) == (len(asked), 1, BLOCK + 1)
    assert set(found[1:-1]) == {None}


def test_a_block_of_which_all_is_forgotten_is_no_more(ledger: Ledger) -> None:
    kept = [accepted_as(ledger, seq, f"e{seq}") for seq in (1, 2)]
    ledger.deliver()
    ledger.deliver()
    ledger.advance(1)
    later = accepted_as(ledger, BLOCK, "later")
    assert Retention(ledger.store, 500, Customers(ledger.store)).sweep(ledger.store.now_ms()) == 2
    assert seqs_of(ledger.store, [*kept, later]) == [None, None, BLOCK]
    assert len(blocks(ledger)) == 2

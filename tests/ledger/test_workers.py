"""Workers that die: their runners hold nobody's place."""

from __future__ import annotations

from tests.fakes.ledger import Ledger, snapshot
from worker.ledger.claims import Claim
from worker.ledger.lanes import Runner
from worker.ledger.queries.ledger_status import LedgerStatus
from worker.ledger.worker_facts import WorkerFacts


def test_the_runners_of_a_dead_worker_make_room_within_seconds(clean_store: str) -> None:
    ledger = Ledger(clean_store, max_in_flight=1)
    ledger.gates.beat("dead@host")
    assert Runner(ledger.store, ledger.plans["one"], "dead@host").begin() is None
    assert ledger.calls(snapshot()) == []
    ledger.advance(6)
    assert ledger.gates.tick("one", 1).calls == 1
    assert isinstance(ledger.claim(), Claim)


def test_the_runners_of_a_living_worker_keep_their_place(clean_store: str) -> None:
    ledger = Ledger(clean_store, max_in_flight=1)
    assert Runner(ledger.store, ledger.plans["one"], "well@host").begin() is None
    ledger.advance(6)
    ledger.gates.beat("well@host")
    ledger.accept(snapshot())
    assert ledger.gates.tick("one", 1).calls == 0


def test_what_a_worker_says_of_itself_is_kept_with_its_last_beat_and_forgotten_with_it(clean_store: str) -> None:
    ledger = Ledger(clean_store)
    ledger.gates.beat("old@host", WorkerFacts(release="1.2", table=7, restarts=1, failing=("tick-0",)))
    [row] = LedgerStatus(ledger.store).read("ordercast.intake").workers
    assert (row.release, row.table, row.restarts, row.failing) == ("1.2", 7, 1, ("tick-0",))
    ledger.advance(3601)
    ledger.gates.beat("new@host")
    assert [worker.name for worker in LedgerStatus(ledger.store).read("ordercast.intake").workers] == ["new@host"]
    assert ledger.store.client.hkeys(ledger.store.keys.key("worker_facts")) == [b"new@host"]

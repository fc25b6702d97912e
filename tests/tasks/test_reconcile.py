"""Reconciliation at the simulated vendors: what was deleted, altered or put in beside is found, and the first two are
healed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.bulk_job import JobState
from schemas.event import EventType
from schemas.loading import load_event
from tests.conformance.orders import THEN, created, updated
from tests.fakes.bodies import NOW, event_body
from tests.fakes.reconciled import MIA, Reconciled
from worker.jobs.kinds import KINDS
from worker.ledger.jobs import Jobs
from worker.ledger.queries.deliveries import Deliveries
from worker.providers.http import Driver
from worker.sandbox import load_vendors
from worker.sandbox.server import Sandbox

READ = ("orderdesk", "shopscript", "openbizbox")
FIVE = [created(number=str(1001 + n)) for n in range(5)]


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(load_vendors(per_second=1e6, burst=1_000_000)) as sandbox:
        yield sandbox


@pytest.fixture(params=READ)
def there(request: pytest.FixtureRequest, clean_store: str, running: Sandbox) -> Iterator[Reconciled]:
    driver = Driver()
    running.vendor(request.param).reset()
    made = Reconciled(clean_store, request.param, running, driver)
    yield made
    made.close()
    driver.close()


def test_orders_that_are_as_they_were_sent_are_the_same(there: Reconciled) -> None:
    there.send(*FIVE)
    assert there.reconciled().results == {"same": 5, "listed": 1}
    assert there.calls == []


def test_a_deleted_an_altered_and_an_extra_order_are_found_and_nothing_is_changed(there: Reconciled) -> None:
    there.send(*FIVE)
    spoil(there)
    before = there.account.orders()
    job = there.reconciled()
    assert job.results == {"same": 3, "missing": 1, "different": 1, "extra": 1, "listed": 1}
    told = there.told(job)
    assert "The vendor has no order" in told["missing"]
    assert "no such order is known here" in told["extra"]
    assert told["different"]
    assert there.account.orders() == before
    assert there.ledger.row(there.kind).pending == 0


def test_a_deleted_and_an_altered_order_are_healed_by_their_lanes(there: Reconciled) -> None:
    there.send(*FIVE)
    old = there.vendor_id(FIVE[0])
    spoil(there)
    job = there.reconciled(heals=True)
    assert job.results == {"same": 3, "sent_again": 2, "extra": 1, "listed": 1}
    assert there.ledger.row(there.kind).pending == 2
    assert set(there.calls) <= {there.kind}
    there.work(2)
    assert there.ledger.states(provider=there.kind) == dict.fromkeys((event.id for event in FIVE), "delivered")
    assert there.keys() == 6
    assert there.vendor_id(FIVE[0]) in {str(one["id"]) for one in there.account.orders()}
    assert old not in ("", None)
    assert there.reconciled(again=1).results == {"same": 5, "extra": 1, "listed": 1}


def test_an_order_that_was_deleted_as_it_was_to_be_is_the_same(there: Reconciled) -> None:
    if there.kind != "orderdesk":
        pytest.skip("its vendor deletes no order by a call")
    there.send(FIVE[0])
    there.send(load_event(event_body(EventType.DELETED, {"id": "e-9", "subject": "1001"}), now=NOW))
    assert there.keys() == 0
    assert there.reconciled(heals=True).results == {"same": 1, "listed": 1}
    assert there.ledger.row(there.kind).pending == 0


def test_an_erased_order_is_no_difference_for_nobody_knows_any_more_what_it_said(there: Reconciled) -> None:
    there.send(*FIVE)
    [one] = there.ledger.deliveries(order="1002")
    [kept] = Deliveries(there.ledger.store).find([one.id])
    there.ledger.store.client.hset(there.ledger.store.keys.key("event", seq=kept.place.seq), "x", 1)
    job = there.reconciled()
    assert job.results == {"same": 4, "cannot_tell": 1, "listed": 1}
    assert "Its customer was erased" in there.told(job)["cannot_tell"]


def test_what_was_cancelled_since_is_not_sent_again(there: Reconciled) -> None:
    there.send(FIVE[0])
    there.send(load_event(event_body(EventType.CANCELLED, {"id": "e-9", "subject": "1001"}), now=NOW))
    there.delete(FIVE[0])
    job = there.reconciled(heals=True)
    assert job.results == {"missing": 1, "listed": 1}
    assert "order.cancelled came in since" in there.told(job)["missing"]
    assert there.ledger.row(there.kind).pending == 0


def test_what_is_on_its_way_is_not_judged(there: Reconciled) -> None:
    there.send(FIVE[0])
    there.ledger.accept(updated(THEN, number="1001"))
    job = there.reconciled(heals=True)
    assert job.results == {"cannot_tell": 1, "listed": 1}
    assert there.told(job) == {"cannot_tell": "Its newest snapshot has not been delivered there."}


def test_a_vendor_that_does_not_answer_is_told_apart_from_one_that_has_no_order(there: Reconciled) -> None:
    there.send(FIVE[0])
    there.account.fault("status", status=503, times=None)
    try:
        assert there.reconciled(heals=True).results == {"unanswered": 2}
    finally:
        there.account.clear_faults()
    assert there.ledger.row(there.kind).pending == 0


def test_nothing_is_asked_while_the_provider_is_paused(there: Reconciled) -> None:
    there.send(FIVE[0])
    job = there.asked()
    there.ledger.pause(there.kind, who="ann", why="w", at_ms=0)
    work = KINDS[job.kind](there.tools())
    page = work.page(job, there.ledger.store, 10)
    assert (page.touched, page.rest_s > 0) == (0, True)
    there.ledger.resume(there.kind, who="ann", why="w")
    assert there.executor().execute(job.id).results == {"same": 1, "listed": 1}


def test_whoever_is_killed_between_two_orders_leaves_the_rest_and_sends_none_twice(there: Reconciled) -> None:
    there.send(*FIVE)
    there.delete(FIVE[0])
    there.delete(FIVE[1])
    job = there.asked(heals=True)
    work = KINDS[job.kind](there.tools())
    work.page(job, there.ledger.store, 10)
    lists = work.lists
    finish = lists.finish
    lists.finish = killed  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        work.page(job, there.ledger.store, 10)  # the second is sent again, and nobody is told
    lists.finish = finish  # type: ignore[method-assign]
    done = there.executor().execute(job.id)
    assert (done.state, sum(done.results.values())) == (JobState.DONE, 6)
    assert there.ledger.row(there.kind).pending == 2
    there.work(2)
    there.ledger.nothing(there.kind)
    assert there.keys() == 5


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_sample_asks_for_so_many_and_for_no_list(there: Reconciled) -> None:
    there.send(*FIVE)
    assert there.reconciled(lists=False, sample=2).results == {"same": 2}


def test_a_deed_that_heals_is_on_record_with_its_count(there: Reconciled) -> None:
    there.send(FIVE[0])
    job = there.reconciled(heals=True)
    assert (job.forced, job.who, Jobs(there.ledger.store).job(job.id).moved_by) == (True, MIA.signed, MIA.signed)


def spoil(there: Reconciled) -> None:
    """The first is deleted at the vendor, the second altered, and one put in that we know nothing of."""
    there.delete(FIVE[0])
    link = next(one.link for one in there.ledger.deliveries(order="1002"))
    there.account.save(updated(THEN, number="1002"), link)
    there.account.save(created(number="9009"))

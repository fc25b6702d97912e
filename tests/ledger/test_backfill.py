"""A backfill: a provider that is new gets the newest snapshot of each order, once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.bulk_job import JobKind, JobState
from schemas.delivery import delivery_id
from tests.fakes.backfilled import add_provider, backfilled, confirmed, coverage, executor, opened
from tests.fakes.job_tools import tools
from tests.fakes.ledger import (
    BURY,
    REJECTED,
    SOURCE,
    Ledger,
    action,
    snapshot,
)
from tests.fakes.split import SplitLedger
from worker.jobs.kinds import KINDS
from worker.ledger.jobs import Jobs
from worker.ledger.provider_table import remove_provider


@pytest.fixture
def ledger(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store, max_in_flight=50)
    yield made
    made.store.close()


@pytest.fixture
def split(clean_store: str) -> Iterator[SplitLedger]:
    made = SplitLedger((clean_store,) * 3, max_in_flight=50)
    yield made
    made.close()


def test_a_new_provider_gets_the_newest_snapshot_of_each_order_and_nothing_else(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), snapshot("e2", grand="11"), action("a1"), snapshot("f1", "1002"))
    add_provider(ledger)
    assert ledger.deliveries(provider="new") == []
    job = backfilled(ledger)
    assert coverage(job) == {"orders": 2, "added": 2}
    assert ledger.states(provider="new") == {"e2": "pending", "f1": "pending"}
    for _ in range(2):
        ledger.deliver("new")
    assert ledger.states(provider="new") == {"e2": "delivered", "f1": "delivered"}
    row = ledger.row("new")
    assert (row.delivered, row.pending, row.in_flight) == (2, 0, 0)


def test_what_was_added_is_found_by_its_id_and_its_order(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    add_provider(ledger)
    backfilled(ledger)
    named = delivery_id("new", SOURCE, "e1")
    [found] = ledger.records.find([named])
    assert found is not None
    assert found.place.provider == "new"
    assert ledger.records.beginning(named[:8]) == [named]
    assert [one.id for one in ledger.deliveries(order="1001", provider="new")] == [named]


def test_a_repeat_of_the_event_is_answered_with_the_delivery_that_was_added(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    add_provider(ledger)
    [before] = ledger.accept(snapshot("e1"))
    assert before.deliveries == [delivery_id("one", SOURCE, "e1")]
    backfilled(ledger)
    [after] = ledger.accept(snapshot("e1"))
    assert (after.status, after.deliveries) == (
        "duplicate",
        [delivery_id(name, SOURCE, "e1") for name in ("one", "new")],
    )


def test_a_repeat_of_the_event_names_all_also_beyond_what_a_double_holds(ledger: Ledger) -> None:
    for number in range(70):
        add_provider(ledger, f"p{number}")
    ledger.accept(snapshot("e1"))
    add_provider(ledger)
    backfilled(ledger)
    [after] = ledger.accept(snapshot("e1"))
    names = ["one", *(f"p{number}" for number in range(70)), "new"]
    assert after.deliveries == [delivery_id(name, SOURCE, "e1") for name in names]


def test_a_second_backfill_adds_nothing_and_says_so(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), snapshot("f1", "1002"))
    add_provider(ledger)
    backfilled(ledger)
    ledger.deliver("new")
    job = executor(ledger).execute(opened(ledger).id)
    assert (job.state, job.matched, coverage(job)) == (JobState.DONE, 0, {"orders": 2, "already_there": 2})
    assert len(ledger.deliveries(provider="new")) == 2


def test_two_backfills_at_once_add_each_once(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), snapshot("f1", "1002"))
    add_provider(ledger)
    first, second = confirmed(ledger), confirmed(ledger, since_ms=0)
    assert first.id != second.id
    assert executor(ledger).execute(first.id).results == {"added": 2}
    assert executor(ledger).execute(second.id).results == {"already_there": 2}
    assert ledger.row("new").pending == 2


def test_an_order_whose_newest_snapshot_has_died_there_is_left_alone(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.finish(ledger.claim(), REJECTED, BURY)
    job = executor(ledger).execute(opened(ledger, "one").id)
    assert (job.matched, coverage(job)) == (0, {"orders": 1, "already_there": 1})


def test_what_the_provider_does_not_want_is_counted_and_not_sent(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), snapshot("f1", "1002", test=True), snapshot("g1", "1003", source="shop/two"))
    add_provider(ledger, sources=("shop/one",))
    assert coverage(backfilled(ledger)) == {"orders": 3, "added": 1, "not_wanted": 2}
    assert ledger.states(provider="new") == {"e1": "pending"}


def test_an_order_whose_snapshot_is_not_kept_is_counted(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"), action("a9", "1009"))
    add_provider(ledger)
    assert coverage(backfilled(ledger)) == {"orders": 2, "added": 1, "not_kept": 1}


def test_only_orders_heard_of_since_then_of_the_source_or_of_the_number(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.advance(60)
    since_ms = ledger.store.now_ms()
    ledger.accept(snapshot("f1", "1002"), snapshot("g1", "1003", source="shop/two"))
    add_provider(ledger)
    jobs = KINDS[JobKind.BACKFILL](tools(ledger.store))
    assert len(list(jobs.found({"provider": "new", "source": "shop/two"}))) == 1
    assert len(list(jobs.found({"provider": "new", "order": "1001"}))) == 1
    assert len(list(jobs.found({"provider": "new", "since_ms": since_ms}))) == 2


def test_a_newer_snapshot_that_comes_while_it_waits_for_a_word_is_not_sent_twice(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    add_provider(ledger)
    job = confirmed(ledger)
    ledger.accept(snapshot("e2"))
    assert executor(ledger).execute(job.id).results == {"already_there": 1}
    assert ledger.states(provider="new") == {"e2": "pending"}


def test_a_provider_that_is_removed_while_it_waits_for_a_word_gets_nothing(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    add_provider(ledger)
    job = confirmed(ledger)
    remove_provider(ledger.store, "new")
    done = executor(ledger).execute(job.id)
    assert (done.state, done.results) == (JobState.DONE, {"not_wanted": 1})
    assert ledger.deliveries(provider="new") == []


def test_whoever_is_killed_between_two_pages_leaves_the_rest_and_none_is_added_twice(ledger: Ledger) -> None:
    ledger.accept(*(snapshot(f"e{n}1", str(n)) for n in range(12)))
    add_provider(ledger)
    job = confirmed(ledger)
    work = KINDS[JobKind.BACKFILL](tools(ledger.store))
    for _ in range(3):  # a page, and then no word more
        work.page(job, ledger.store, 3)
    done = executor(ledger).execute(job.id)
    assert (done.state, done.results) == (JobState.DONE, {"added": 12})
    ids = {one for one, _ in Jobs(ledger.store).lists.results(job.id)}
    assert ids == {delivery_id("new", SOURCE, f"e{n}1") for n in range(12)}
    assert ledger.row("new").pending == 12


def test_a_backfill_takes_half_of_the_room_and_goes_on_when_there_is_more(ledger: Ledger) -> None:
    ledger.accept(*(snapshot(f"e{n}1", str(n)) for n in range(5)))
    add_provider(ledger)
    job = confirmed(ledger)
    given = tools(ledger.store)
    work = KINDS[JobKind.BACKFILL](type(given)(given.store, given.call, dict, given.driver, 6))
    page = work.page(job, ledger.store, 100)
    assert (page.touched, page.left, page.rest_s > 0) == (3, 2, True)
    for _ in range(2):
        ledger.deliver("new")
    page = work.page(job, ledger.store, 100)
    assert (page.touched, page.left, page.rest_s) == (2, 0, 0)


def test_over_shards_each_order_is_backfilled_where_it_lives(split: SplitLedger) -> None:
    for shard in range(3):
        split.fill(shard, 2)
    add_provider(split)
    job = backfilled(split)
    assert (job.matched, coverage(job)) == (6, {"orders": 6, "added": 6})
    assert split.row("new").pending == 6

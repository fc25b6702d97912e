"""A backfill: a provider that is new gets the newest snapshot of each order, once, in order, behind live traffic."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from schemas.bulk_job import BulkJob, JobKind, JobState
from schemas.config import ProviderConfig
from schemas.delivery import delivery_id, order_digest
from schemas.order import ProviderRefs
from schemas.principal import Face, Principal, Role
from tests.fakes.job_tools import tools
from tests.fakes.ledger import (
    ACCEPTED,
    BURY,
    DELIVER,
    REJECTED,
    SOURCE,
    UNAVAILABLE,
    Ledger,
    action,
    order_of,
    park,
    snapshot,
)
from tests.fakes.split import SplitLedger
from worker.jobs.executor import JobExecutor
from worker.jobs.kinds import KINDS
from worker.ledger.jobs import Jobs
from worker.ledger.provider_table import apply_table, remove_provider
from worker.policy.plan import plan_of

MIA = Principal("mia", Role.OPERATOR, Face.CLI)


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


def add_provider(ledger: Ledger, name: str = "new", **settings: Any) -> None:
    """From now on the ledger has it."""
    fields = {"name": name, "kind": "retargeting", "base_url": "http://127.0.0.1", "options": None, "max_in_flight": 50}
    ledger.configs[name] = ProviderConfig(**(fields | settings))
    ledger.plans[name] = plan_of(ledger.configs[name])
    ledger.furnish()


def executor(ledger: Ledger, max_pending: int = 1_000_000) -> JobExecutor:
    given = tools(ledger.store)
    return JobExecutor(type(given)(given.store, given.call, dict, given.driver, max_pending), threading.Event())


def opened(ledger: Ledger, provider: str = "new", **meant: object) -> BulkJob:
    wanted: dict[str, object] = {"provider": provider}
    return Jobs(ledger.store).open(JobKind.BACKFILL, wanted | meant, wanted | meant, by=MIA, why="new here")[0]


def confirmed(ledger: Ledger, provider: str = "new", **meant: object) -> BulkJob:
    job = executor(ledger).execute(opened(ledger, provider, **meant).id)
    assert job.state is JobState.COUNTED, job
    return Jobs(ledger.store).confirm(job.id, job.matched or 0, by=MIA)


def backfilled(ledger: Ledger, provider: str = "new", **meant: object) -> BulkJob:
    job = executor(ledger).execute(confirmed(ledger, provider, **meant).id)
    assert job.state is JobState.DONE
    return job


def coverage(job: BulkJob) -> dict[str, int]:
    told = job.coverage
    assert isinstance(told, dict)
    return told


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


def test_an_order_that_was_missed_for_a_while_gets_its_newest_snapshot_behind_what_it_has(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    claim = ledger.claim()
    add_provider(ledger, "other")
    remove_provider(ledger.store, "one")
    ledger.accept(snapshot("e2"))
    apply_table(ledger.store, ledger.configs, "again")
    ledger.furnish()
    backfilled(ledger, "one")
    assert ledger.states(provider="one") == {"e1": "attempting", "e2": "pending"}
    ledger.nothing()
    ledger.finish(claim, ACCEPTED, DELIVER)
    assert ledger.states(provider="one") == {"e1": "delivered", "e2": "pending"}
    ledger.deliver()
    assert ledger.states(provider="one") == {"e1": "delivered", "e2": "delivered"}


def test_a_snapshot_that_waits_there_gives_way_to_the_newest_one(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    add_provider(ledger, "other")
    remove_provider(ledger.store, "one")
    ledger.accept(snapshot("e2"))
    apply_table(ledger.store, ledger.configs, "again")
    ledger.furnish()
    backfilled(ledger, "one")
    ledger.deliver()
    assert ledger.states(provider="one") == {"e1": "superseded", "e2": "delivered"}
    ledger.nothing()


def test_a_lane_that_is_parked_keeps_its_time(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    ledger.finish(ledger.claim(), UNAVAILABLE, park(60))
    add_provider(ledger, "other")
    remove_provider(ledger.store, "one")
    ledger.accept(action("a1"), snapshot("e2"))
    apply_table(ledger.store, ledger.configs, "again")
    ledger.furnish()
    backfilled(ledger, "one")
    assert ledger.states(provider="one") == {"e1": "parked", "e2": "pending"}
    ledger.nothing()
    ledger.advance(61)
    ledger.tick()
    ledger.deliver()
    assert ledger.states(provider="one") == {"e1": "superseded", "e2": "delivered"}


def test_the_snapshot_goes_before_an_action_that_came_after_it(ledger: Ledger) -> None:
    ledger.accept(snapshot("e1"))
    add_provider(ledger)
    ledger.accept(action("a1"))
    backfilled(ledger)
    assert [ledger.deliver("new") and dict(ledger.states(provider="new")) for _ in range(2)] == [
        {"e1": "delivered", "a1": "pending"},
        {"e1": "delivered", "a1": "delivered"},
    ]
    ledger.nothing("new")


def test_live_traffic_goes_before_a_backfill_and_does_not_starve_it(ledger: Ledger) -> None:
    ledger.accept(*(snapshot(f"e{n}1", str(n)) for n in range(10)))
    add_provider(ledger)
    backfilled(ledger)
    ledger.accept(*(snapshot(f"l{n}1", f"live{n}") for n in range(30)))
    first = [ledger.claim("new").order for _ in range(24)]
    live = {order_digest(SOURCE, f"live{n}") for n in range(30)}
    assert 22 <= sum(order in live for order in first) <= 23


def test_the_link_that_a_producer_knows_is_kept(ledger: Ledger) -> None:
    order = msgspec.structs.replace(order_of(), refs={"new": ProviderRefs(order_id="88")})
    ledger.accept(snapshot("e1", order=order))
    add_provider(ledger)
    backfilled(ledger)
    claim = ledger.claim("new")
    assert claim.link is not None
    assert claim.link.order_id == "88"


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

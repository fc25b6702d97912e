"""Reconciliations on a schedule, at a simulated vendor: begun once however many workers look, confirmed by nobody, put
off while the provider is closed or is asked already, taken over from a worker that was killed."""

from __future__ import annotations

import threading

import pytest
from msgspec.structs import replace

import worker.jobs.scheduling
from schemas.bulk_job import JobKind, JobState
from schemas.principal import SCHEDULE
from tests.fakes.alerted import lines_of
from tests.fakes.reconciled import MIA
from tests.fakes.scheduled import DAILY, DAY_S, THREE, Scheduled
from worker.jobs.executor import JobExecutor
from worker.jobs.kinds import KINDS
from worker.jobs.work import JobTools
from worker.ledger.audit import Audit
from worker.ledger.provider_table import remove_provider
from worker.ledger.queries.schedules import read_schedules
from worker.ledger.store.client import Store


def test_of_two_workers_that_find_it_due_one_begins_it_and_the_next_is_a_day_later(
    scheduled: Scheduled, clean_store: str
) -> None:
    other = Store(clean_store)
    workers = [scheduled.worker(), scheduled.worker(store=other)]
    together = threading.Barrier(2)

    def look(one: object) -> None:
        together.wait(10)
        one.look()  # type: ignore[attr-defined]

    threads = [threading.Thread(target=look, args=(one,)) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert scheduled.begun() == ["j1"]
    scheduled.worked("j1")
    scheduled.there.ledger.advance(DAY_S - 60)
    for one in workers:
        one.look()
    assert scheduled.begun() == ["j1"]
    scheduled.there.ledger.advance(120)
    for one in workers:
        one.look()
    assert scheduled.begun() == ["j1", "j2"]
    other.close()


def test_nobody_confirms_it_it_only_tells_and_it_is_on_record(scheduled: Scheduled) -> None:
    scheduled.there.delete(THREE[0])
    scheduled.worker().look()
    counted = scheduled.there.executor().execute("j1")
    assert (counted.state, counted.matched, counted.moved_by) == (JobState.RUNNING, 3, "a schedule")
    done = scheduled.worked("j1")
    assert (done.results, done.scheduled, done.who, done.forced) == (
        {"same": 2, "missing": 1},
        True,
        SCHEDULE.signed,
        False,
    )
    assert scheduled.there.ledger.row("orderdesk").pending == 0
    [deed] = [deed for deed in Audit(scheduled.store).deeds() if deed.who == "a schedule"]
    assert (deed.verb, deed.why) == ("reconcile", "scheduled: every 24 h")
    assert deed.what.startswith("3: provider=orderdesk sample=50 since=7d job=j1")


def test_it_sends_again_only_where_the_setting_says_so(scheduled: Scheduled) -> None:
    scheduled.there.delete(THREE[0])
    scheduled.apply(replace(DAILY, heal=True))
    scheduled.worker().look()
    assert scheduled.worked("j1").results == {"same": 2, "sent_again": 1}
    scheduled.there.work(1)
    assert scheduled.there.keys() == 3


def test_a_sample_is_as_large_as_the_setting_says_and_paced_as_any_other(scheduled: Scheduled) -> None:
    scheduled.apply(replace(DAILY, sample=2))
    scheduled.worker().look()
    done = scheduled.worked("j1")
    assert (done.matched, done.rate_per_second) == (2, 2.0)
    assert done.wanted == {"provider": "orderdesk", "since": "7d", "sample": "2"}


def test_where_nothing_was_sent_it_is_done_and_due_again_a_day_later(scheduled: Scheduled) -> None:
    scheduled.there.ledger.advance(30 * DAY_S)
    scheduled.worker().look()
    done = scheduled.there.executor().execute("j1")
    assert (done.state, done.matched, done.moved_by) == (JobState.DONE, 0, None)
    scheduled.worker().look()
    assert scheduled.begun() == ["j1"]


def test_one_that_a_killed_worker_left_is_gone_on_with_by_another(scheduled: Scheduled) -> None:
    scheduled.worker().look()
    there, store = scheduled.there, scheduled.store
    stopped = threading.Event()

    def killed() -> object:
        """In the middle of the second order."""
        if scheduled.jobs.job("j1").results:
            raise KeyboardInterrupt
        return there.account.driver

    tools = JobTools(store, list, lambda: {"orderdesk": scheduled.provider}, killed)  # type: ignore[arg-type]
    JobExecutor(tools, stopped).execute("j1")
    with pytest.raises(KeyboardInterrupt):
        JobExecutor(tools, stopped).execute("j1")
    assert scheduled.jobs.job("j1").results == {"same": 1}
    assert scheduled.jobs.unattended() == []  # until the dead worker's lease is over
    store.client.delete(store.keys.key("job_lease", job=1))
    assert scheduled.jobs.unattended() == ["j1"]
    assert there.executor().execute("j1").results == {"same": 3}
    scheduled.worker().look()
    assert scheduled.begun() == ["j1"]


@pytest.mark.parametrize(("field", "said"), [("paused", "paused"), ("held", "held"), ("tripped", "tripped")])
def test_while_the_provider_is_closed_it_waits_which_is_told_once_and_it_begins_when_that_is_over(
    scheduled: Scheduled, monkeypatch: pytest.MonkeyPatch, field: str, said: str
) -> None:
    ledger = scheduled.there.ledger
    gate = scheduled.store.keys.key("gate", provider="orderdesk")
    if field == "paused":
        ledger.pause("orderdesk", who="ann", why="w", at_ms=0)
    else:
        scheduled.store.client.hset(gate, field, "1")
    workers = [scheduled.worker(), scheduled.worker()]
    with lines_of(monkeypatch, worker.jobs.scheduling) as lines:
        lines.begin("INFO")
        for one in [*workers, *workers]:
            one.look()
        assert [(line["event"], line["why"]) for line in lines.read()] == [("reconcile.waits", said)]
    [row] = read_schedules(scheduled.store)
    assert (row.provider, row.waits, row.begun_at, row.job) == ("orderdesk", said, None, None)
    assert scheduled.begun() == []
    ledger.resume("orderdesk", who="ann", why="w")
    workers[0].look()
    assert scheduled.begun() == ["j1"]
    assert read_schedules(scheduled.store)[0].waits is None


def test_what_it_waits_for_is_forgotten_where_nobody_looks_any_more(scheduled: Scheduled) -> None:
    scheduled.there.ledger.pause("orderdesk", who="ann", why="w", at_ms=0)
    scheduled.worker().look()
    scheduled.there.ledger.advance(61)
    assert read_schedules(scheduled.store)[0].waits is None


def test_beside_another_of_the_same_provider_none_is_begun_and_one_that_nobody_confirms_is_in_no_ones_way(
    scheduled: Scheduled,
) -> None:
    asked = scheduled.there.asked()
    one = scheduled.worker()
    one.look()
    assert read_schedules(scheduled.store)[0].waits == f"job {asked.id}"
    scheduled.jobs.pause(asked.id, by=MIA)
    one.look()
    assert scheduled.begun() == [asked.id]
    scheduled.jobs.cancel(asked.id, by=MIA)
    waiting, _ = scheduled.jobs.open(JobKind.RECONCILE, {"provider": "orderdesk"}, {}, by=MIA, why="")
    scheduled.jobs.end_counting(waiting.id, scheduled.jobs.begin_counting(waiting.id), 1)
    one.look()
    assert scheduled.begun() == [asked.id, waiting.id, "j3"]


def test_of_two_that_run_at_one_provider_the_younger_waits_for_the_older(scheduled: Scheduled) -> None:
    there = scheduled.there
    older, younger = there.asked(), there.asked(again=1)
    work = KINDS[JobKind.RECONCILE](there.tools())
    page = work.page(younger, scheduled.store, 1)
    assert (page.touched, page.rest_s > 0) == (0, True)
    assert work.page(older, scheduled.store, 1).touched == 1
    there.executor().execute(older.id)
    assert work.page(younger, scheduled.store, 1).touched == 1


def test_a_clock_that_was_set_back_puts_it_off_by_one_span_and_one_set_forward_begins_one(scheduled: Scheduled) -> None:
    ledger, one = scheduled.there.ledger, scheduled.worker()
    ledger.advance(400 * DAY_S)
    one.look()
    scheduled.worked("j1")
    ledger.advance(-400 * DAY_S)
    one.look()
    assert scheduled.begun() == ["j1"]
    ledger.advance(DAY_S + 60)
    one.look()
    assert len(scheduled.begun()) == 2


def test_a_worker_with_other_settings_than_were_applied_last_begins_none(scheduled: Scheduled) -> None:
    stale = scheduled.worker(scheduled.with_schedule(replace(DAILY, every_h=1, heal=True)))
    stale.look()
    assert scheduled.begun() == []
    scheduled.worker().look()
    scheduled.worked("j1")
    scheduled.there.ledger.advance(2 * 3600)
    stale.look()
    assert scheduled.begun() == ["j1"]
    scheduled.apply(replace(DAILY, every_h=1))
    scheduled.worker().look()
    assert scheduled.begun() == ["j1", "j2"]


def test_of_a_provider_that_was_removed_none_is_begun_and_one_that_runs_ends(scheduled: Scheduled) -> None:
    scheduled.worker().look()
    there = scheduled.there
    there.executor().execute("j1")
    elsewhere = JobTools(scheduled.store, list, dict, lambda: there.account.driver)
    job = scheduled.jobs.job("j1")
    page = KINDS[job.kind](elsewhere).page(job, scheduled.store, 1)
    assert (page.touched, page.rest_s > 0) == (0, True)  # another worker knows how to ask it
    remove_provider(scheduled.store, "orderdesk")
    done = JobExecutor(elsewhere, threading.Event()).execute("j1")
    assert (done.state, done.results) == (JobState.DONE, {"cannot_tell": 3})
    assert read_schedules(scheduled.store) == []
    there.ledger.advance(2 * DAY_S)
    scheduled.worker().look()
    assert scheduled.begun() == ["j1"]


def test_where_the_store_is_full_none_is_begun_and_it_stays_due(scheduled: Scheduled) -> None:
    one = scheduled.worker()
    scheduled.store.client.config_set("maxmemory", "1")
    try:
        one.look()
    finally:
        scheduled.store.client.config_set("maxmemory", "0")
    assert scheduled.begun() == []
    one.look()
    assert scheduled.begun() == ["j1"]


def test_a_worker_looks_once_in_ten_seconds_and_not_at_all_without_a_schedule(scheduled: Scheduled) -> None:
    one = scheduled.worker()
    one.look()
    scheduled.worked("j1")
    scheduled.there.ledger.advance(2 * DAY_S)
    one.scheduling.look()
    assert scheduled.begun() == ["j1"]
    plain = scheduled.worker(scheduled.there.account.provider, Store("redis://127.0.0.1:1/0"))
    plain.look()  # asks no store

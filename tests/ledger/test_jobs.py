"""Jobs: counted first, confirmed with that count, carried out by whoever has the lease, and by nobody twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from schemas.bulk_job import BulkJob, JobKind, JobState
from schemas.delivery import order_digest
from schemas.principal import Face, Principal, Role
from tests.fakes.job_tools import tools
from tests.fakes.ledger import BURY, REJECTED, SOURCE, Ledger, snapshot
from tests.fakes.split import SplitLedger
from worker.errors import StoreFull
from worker.jobs.executor import JobExecutor
from worker.ledger.audit import Audit
from worker.ledger.job_lists import JobItem, NoJob
from worker.ledger.jobs import JobRefused, Jobs

MIA = Principal("mia", Role.OPERATOR, Face.CLI)
BEN = Principal("ben", Role.OPERATOR, Face.WEB)
DEAD = {"state": "dead"}


@pytest.fixture
def ledger(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store, max_in_flight=50)
    yield made
    made.store.close()


@pytest.fixture
def split(clean_store: str) -> Iterator[SplitLedger]:
    made = SplitLedger((clean_store,) * 3)
    yield made
    made.close()


def bury(ledger: Ledger, many: int, first: int = 0) -> None:
    for n in range(first, first + many):
        ledger.accept(snapshot(f"e{n}1", str(n)))
        # Of several causes: twenty in a row of one would hold the provider.
        ledger.finish(ledger.claim(), REJECTED, BURY, fingerprint=f"f{n % 3}")
        ledger.advance(0.01)


class At:
    """Somebody who carries jobs out, with a clock of their own that waiting moves."""

    def __init__(self, ledger: Ledger) -> None:
        self.now_s = 0.0
        self.calls: list[str] = []
        self.stopped = Waited(self)
        self.executor = JobExecutor(tools(ledger.store, self.calls.extend), self.stopped, lambda: self.now_s)


class Waited(threading.Event):
    def __init__(self, at: At) -> None:
        super().__init__()
        self.at = at

    def wait(self, timeout: float | None = None) -> bool:
        self.at.now_s += timeout or 0
        return self.is_set()


def opened(
    ledger: Ledger, kind: JobKind = JobKind.REPLAY, rate_per_second: float | None = None, **more: object
) -> BulkJob:
    meant = {**DEAD, **more}
    job, is_new = Jobs(ledger.store).open(kind, DEAD, meant, by=MIA, why="mended", rate_per_second=rate_per_second)
    assert is_new
    return job


def confirmed(ledger: Ledger, at: At, kind: JobKind = JobKind.REPLAY, rate_per_second: float | None = None) -> str:
    job = at.executor.execute(opened(ledger, kind, rate_per_second).id)
    assert job.state is JobState.COUNTED
    assert job.matched is not None
    Jobs(ledger.store).confirm(job.id, job.matched, by=MIA)
    return job.id


def test_a_job_counts_waits_for_a_person_and_touches_what_it_counted(ledger: Ledger) -> None:
    bury(ledger, 5)
    at, jobs = At(ledger), Jobs(ledger.store)
    job = at.executor.execute(opened(ledger).id)
    assert (job.state, job.matched, job.left) == (JobState.COUNTED, 5, 5)
    assert ledger.row().dead == 5
    bury(ledger, 2, first=5)
    assert at.executor.execute(job.id).state is JobState.COUNTED
    jobs.confirm(job.id, 5, by=BEN)
    ledger.store.client.delete(ledger.store.keys.key("runners", provider="one"))  # one that is idle would be woken
    job = at.executor.execute(job.id)
    assert (job.state, job.done, job.failed, job.left, job.results) == (JobState.DONE, 5, 0, 0, {"replayed": 5})
    assert (job.who, job.moved_by, job.why) == ("mia", "ben via web", "mended")
    assert ledger.row().dead == 2
    assert at.calls == ["one"] * 5


def test_what_a_job_touches_goes_oldest_first_and_each_result_is_told(ledger: Ledger) -> None:
    bury(ledger, 4)
    ids = [one.id for one in ledger.deliveries(state="dead")][::-1]
    at = At(ledger)
    job_id = confirmed(ledger, at)
    at.executor.execute(job_id)
    assert list(Jobs(ledger.store).lists.results(job_id)) == [(one, ("replayed", "")) for one in ids]


def test_what_has_moved_since_it_was_counted_is_refused_and_said(ledger: Ledger) -> None:
    bury(ledger, 3)
    at = At(ledger)
    job_id = confirmed(ledger, at, JobKind.DISCARD)
    [_, middle, _] = ledger.deliveries(state="dead")
    ledger.dead.discard(middle.id)
    job = at.executor.execute(job_id)
    assert (job.done, job.failed, job.results) == (2, 1, {"discarded": 2, "final": 1})
    assert (middle.id, ("final", "")) in Jobs(ledger.store).lists.results(job_id)


def test_a_wrong_count_begins_nothing(ledger: Ledger) -> None:
    bury(ledger, 2)
    at = At(ledger)
    job = at.executor.execute(opened(ledger).id)
    with pytest.raises(JobRefused, match="has counted 2, and 3 was confirmed"):
        Jobs(ledger.store).confirm(job.id, 3, by=MIA)
    assert Jobs(ledger.store).job(job.id).state is JobState.COUNTED


def test_two_who_ask_for_the_same_get_one_job_and_one_of_two_confirmations_counts(ledger: Ledger) -> None:
    bury(ledger, 2)
    jobs, at = Jobs(ledger.store), At(ledger)
    first = opened(ledger)
    again, is_new = jobs.open(JobKind.REPLAY, DEAD, DEAD, by=BEN, why="me too")
    assert (again.id, is_new, again.who) == (first.id, False, "mia")
    at.executor.execute(first.id)
    jobs.confirm(first.id, 2, by=BEN)
    with pytest.raises(JobRefused, match="is running") as refused:
        jobs.confirm(first.id, 2, by=MIA)
    assert refused.value.state is JobState.RUNNING
    at.executor.execute(first.id)
    _, is_new = jobs.open(JobKind.REPLAY, DEAD, DEAD, by=BEN, why="once more")
    assert is_new


def test_who_comes_while_another_carries_it_out_does_nothing(ledger: Ledger) -> None:
    bury(ledger, 2)
    jobs, at = Jobs(ledger.store), At(ledger)
    job = opened(ledger)
    assert jobs.unattended() == [job.id]
    assert jobs.lease(job.id, "another") is JobState.COUNTING
    assert jobs.unattended() == []
    assert at.executor.execute(job.id).state is JobState.COUNTING
    ledger.store.client.delete(ledger.store.keys.key("job_lease", job=1))  # its time is over
    assert at.executor.execute(job.id).state is JobState.COUNTED
    assert jobs.unattended() == []


def test_whoever_is_killed_at_any_page_leaves_the_rest_to_the_next_and_none_is_touched_twice(ledger: Ledger) -> None:
    bury(ledger, 12)
    ids = {one.id for one in ledger.deliveries(state="dead")}
    at = At(ledger)
    job_id = confirmed(ledger, at)
    jobs = Jobs(ledger.store)
    for _ in range(4):  # a page, and then no word more
        jobs.lists.work(job_id, ledger.store, 2)
    job = at.executor.execute(job_id)
    assert (job.state, job.results) == (JobState.DONE, {"replayed": 12})
    assert Counter(one for one, _ in jobs.lists.results(job_id)) == dict.fromkeys(ids, 1)


def test_whoever_is_killed_while_counting_leaves_nothing_that_is_counted_twice(ledger: Ledger) -> None:
    bury(ledger, 3)
    at, jobs = At(ledger), Jobs(ledger.store)
    job = opened(ledger)
    half = jobs.begin_counting(job.id)
    order = order_digest(SOURCE, "0")
    jobs.lists.add(job.id, half, ledger.store, [str(JobItem("d" * 26, 1, "s", order, "one"))])
    assert at.executor.execute(job.id).matched == 3


def test_a_pause_stops_after_the_page_and_a_cancel_for_good(ledger: Ledger) -> None:
    bury(ledger, 6)
    at, jobs = At(ledger), Jobs(ledger.store)
    job_id = confirmed(ledger, at)
    jobs.lists.work(job_id, ledger.store, 2)
    assert jobs.pause(job_id, by=BEN).state is JobState.PAUSED
    assert at.executor.execute(job_id).left == 4
    assert jobs.unattended() == []
    jobs.resume(job_id, by=BEN)
    assert jobs.unattended() == [job_id]
    jobs.lists.work(job_id, ledger.store, 1)
    job = jobs.cancel(job_id, by=BEN)
    assert (job.state, job.done, job.is_over, job.moved_by) == (JobState.CANCELLED, 3, True, "ben via web")
    assert jobs.lists.work(job_id, ledger.store).touched == 0
    with pytest.raises(JobRefused, match="is cancelled"):
        jobs.resume(job_id, by=BEN)
    assert ledger.row().dead == 3


def test_a_job_keeps_its_pace(ledger: Ledger) -> None:
    bury(ledger, 9)
    at = At(ledger)
    at.executor.execute(confirmed(ledger, at, rate_per_second=2))
    assert 4 <= at.now_s <= 5


def test_a_job_is_left_when_time_is_up_and_goes_on(ledger: Ledger) -> None:
    bury(ledger, 6)
    at = At(ledger)
    job_id = confirmed(ledger, at, rate_per_second=1)
    assert at.executor.execute(job_id, until_s=2.5).left == 3
    assert Jobs(ledger.store).unattended() == [job_id]
    assert at.executor.execute(job_id).state is JobState.DONE


def test_a_limit_bounds_what_is_counted(ledger: Ledger) -> None:
    bury(ledger, 5)
    at = At(ledger)
    assert at.executor.execute(opened(ledger, limit=2).id).matched == 2


def test_over_shards_a_job_touches_what_each_has(split: SplitLedger) -> None:
    for shard in range(3):
        split.fill(shard, 3)
    split.borrow(rounds=10)
    for split.at in range(3):
        for _ in range(2):
            split.finish(split.claim_in(split.at), REJECTED, BURY)
    at = At(split)
    job_id = confirmed(split, at)
    job = at.executor.execute(job_id)
    assert (job.matched, job.results, split.row().dead) == (6, {"replayed": 6}, 0)


@pytest.mark.parametrize("said", ["j7", "7", "j", "", "jx", "j-1", "j" + "9" * 40])
def test_a_job_that_is_not_there_is_said_to_be_unknown(ledger: Ledger, said: str) -> None:
    with pytest.raises(NoJob, match=f"There is no job {said}"):
        Jobs(ledger.store).job(said)


def test_of_two_who_confirm_one_is_on_record(ledger: Ledger) -> None:
    bury(ledger, 2)
    [first, second] = [one.id for one in ledger.deliveries(state="dead")][::-1]
    jobs, at = Jobs(ledger.store), At(ledger)
    job = at.executor.execute(opened(ledger).id)
    jobs.confirm(job.id, 2, by=BEN)
    with pytest.raises(JobRefused):
        jobs.confirm(job.id, 2, by=MIA)
    [deed] = Audit(ledger.store).deeds()
    assert (deed.who, deed.verb, deed.why) == ("ben via web", "replay", "mended")
    assert deed.what == f"2: state=dead job=j1 {first} {second}"


def test_what_a_paused_job_has_to_do_is_kept_for_more_than_a_year(ledger: Ledger) -> None:
    bury(ledger, 2)
    at, jobs = At(ledger), Jobs(ledger.store)
    job = opened(ledger)
    lists = ledger.store.keys.key("job_items", job=1, attempt="*")
    half = jobs.begin_counting(job.id)
    jobs.lists.add(job.id, half, ledger.store, [str(JobItem("d" * 26, 1, "s", "o", "one"))])
    [of_no_use] = ledger.store.client.keys(lists)
    assert at.executor.execute(job.id).matched == 2
    kept = {name: ledger.store.client.ttl(name) for name in ledger.store.client.keys(lists)}
    assert kept.pop(of_no_use) > 0
    [left_s] = kept.values()
    assert left_s > 365 * 86_400


def test_jobs_are_listed_newest_first(ledger: Ledger) -> None:
    first = opened(ledger)
    ledger.advance(1)
    second = opened(ledger, JobKind.DISCARD)
    assert [job.id for job in Jobs(ledger.store).listed()] == [second.id, first.id]


def test_a_job_that_a_full_store_stops_is_left_for_a_while_and_goes_on(ledger: Ledger) -> None:
    bury(ledger, 2)
    at, jobs = At(ledger), Jobs(ledger.store)
    job_id = confirmed(ledger, at)
    ledger.store.client.config_set("maxmemory", "1")
    try:
        with pytest.raises(StoreFull):
            at.executor.execute(job_id)
        assert (jobs.job(job_id).left, jobs.unattended()) == (2, [])
    finally:
        ledger.store.client.config_set("maxmemory", "0")
    ledger.store.client.delete(ledger.store.keys.key("job_lease", job=1))  # its time is over
    assert at.executor.execute(job_id).state is JobState.DONE

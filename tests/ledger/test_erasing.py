"""Erasing a customer: whatever tells of them is gone from every key and from the append-only file, and ids, times,
states and counts stay."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from schemas.bulk_job import BulkJob, JobKind, JobState
from schemas.delivery import order_digest
from schemas.outcome import Reason
from tests.fakes.job_tools import tools
from tests.fakes.ledger import (
    ACCEPTED,
    BURY,
    DELIVER,
    SOURCE,
    Ledger,
    order_of,
    snapshot,
)
from tests.fakes.planted_customer import EMAIL, LAST, MIA, PLANTED, SAID, TOLD, everything, named, other, plant, telling
from tests.fakes.split import SplitLedger
from worker.jobs.executor import JobExecutor
from worker.ledger.audit import Audit
from worker.ledger.customers import Customers
from worker.ledger.jobs import Jobs
from worker.ledger.queries.orders import Orders
from worker.ledger.queries.refusals import Refusals
from worker.ledger.queries.search import Search
from worker.ledger.store.keys import MAY_HOLD_A_PERSON, PATTERNS


@pytest.fixture
def ledger(clean_store: str) -> Iterator[Ledger]:
    made = Ledger(clean_store, "one", "two", max_in_flight=50)
    yield made
    made.store.close()


def asked(ledger: Ledger, email: str = EMAIL) -> BulkJob:
    """A job that has counted."""
    customer = {"customer": Customers(ledger.store).hashed(email).hex()}
    job, _ = Jobs(ledger.store).open(JobKind.ERASE, customer, customer, by=MIA, why="asked to")
    return JobExecutor(tools(ledger.store), threading.Event()).execute(job.id)


class Soon(threading.Event):
    """Nobody waits in a test: a rewriting of the file is looked for again at once."""

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(min(timeout or 0, 0.05))


def erase(ledger: Ledger, email: str = EMAIL) -> BulkJob:
    job = asked(ledger, email)
    if job.state is JobState.COUNTED:
        Jobs(ledger.store).confirm(job.id, job.matched or 0, by=MIA)
        job = JobExecutor(tools(ledger.store), Soon()).execute(job.id)
    return job


def name_of(ledger: Ledger, key: str) -> str:
    """What the map calls a key."""
    prefix = key.removeprefix(ledger.store.tag).partition(":")[0]
    names = {pattern.partition(":")[0]: name for name, pattern in PATTERNS.items()}
    return names.get(prefix, key.partition("-t1")[0])


def test_the_map_says_which_keys_may_tell_of_a_person_and_all_of_them_are_planted_here(ledger: Ledger) -> None:
    plant(ledger)
    found = {name_of(ledger, key) for key in telling(ledger)}
    assert found - {"celery-task-meta"} == set(MAY_HOLD_A_PERSON) - {"emails"}  # which has hashes
    assert "celery-task-meta" in found
    assert ledger.store.client.keys("*}:em:*")


def test_nothing_tells_of_an_erased_customer_in_any_key_nor_in_the_append_only_file(ledger: Ledger) -> None:
    plant(ledger)
    hashed = Customers(ledger.store).hashed(EMAIL)
    job = erase(ledger)
    assert (job.state, job.failed) == (JobState.DONE, 0)
    assert telling(ledger) == {}
    assert not [
        key for key in ledger.store.client.keys("*}:em:*") if hashed in b"".join(ledger.store.client.lrange(key, 0, -1))
    ]
    files = _aof_files(ledger)
    assert files
    for file in files:
        raw = file.read_bytes()
        assert not [one for one in PLANTED if one.encode() in raw], file
    assert "bo@example.com" in "".join(everything(ledger).values())
    assert next(deed for deed in Audit(ledger.store).deeds() if deed.what == "1: x").why == "not about anybody"


def _aof_files(ledger: Ledger) -> list[Path]:
    config = ledger.store.client.config_get("*")
    told = {str(name, "utf-8") if isinstance(name, bytes) else name: value for name, value in config.items()}
    text = {name: value.decode() if isinstance(value, bytes) else value for name, value in told.items()}
    return [file for file in (Path(text["dir"]) / text["appenddirname"]).iterdir() if file.suffix in (".aof", ".rdb")]


def test_ids_times_states_and_counts_stay(ledger: Ledger) -> None:
    ledger.accept(named("e1"))
    ledger.deliver()
    ledger.deliver("two")
    digest = order_digest(SOURCE, "1001")
    before, counted = Orders(ledger.store).story(digest), ledger.row()
    erase(ledger)
    story = Orders(ledger.store).story(digest)
    assert [(one.id, one.state, one.reason, one.attempts, one.updated_at) for one in story.deliveries] == [
        (one.id, one.state, one.reason, one.attempts, one.updated_at) for one in before.deliveries
    ]
    assert [(one.id, one.type, one.time) for one in story.events] == [
        (one.id, one.type, one.time) for one in before.events
    ]
    assert [isinstance(one.erased_at, str) for one in story.events] == [True]
    assert [one.link and one.link.order_id for one in story.deliveries] == ["77", "77"]
    assert (ledger.row().delivered, ledger.row().dead) == (counted.delivered, counted.dead)


def test_what_is_open_of_an_erased_customer_is_given_up_and_can_neither_be_replayed_nor_edited(ledger: Ledger) -> None:
    ledger.accept(named("e1"), named("e2", "1002"))
    ledger.finish(ledger.claim(), TOLD, BURY)
    erase(ledger)
    assert {(one.state.value, one.reason) for one in ledger.deliveries()} == {("discarded", "erased")}
    ledger.nothing()
    one = ledger.deliveries()[0]
    for done in (ledger.dead.replay(one.id, force=True), ledger.dead.replay(one.id, edited=named("e2", "1002"))):
        assert (done.result, done.message.partition(":")[0]) == ("refused", "Its customer has been erased")
    assert telling(ledger) == {}


def test_the_same_event_again_is_a_duplicate_and_brings_nothing_back(ledger: Ledger) -> None:
    ledger.accept(named("e1"))
    erase(ledger)
    [again] = ledger.accept(named("e1"))
    assert again.status == "duplicate"
    assert telling(ledger) == {}


def test_a_delivery_that_is_on_its_way_is_waited_for(ledger: Ledger) -> None:
    ledger.accept(named("e1"))
    claim = ledger.claim()
    job = asked(ledger)
    Jobs(ledger.store).confirm(job.id, job.matched or 0, by=MIA)
    executor = JobExecutor(tools(ledger.store), Ends(ledger, claim))
    assert executor.execute(job.id).state is JobState.DONE
    assert ledger.states(provider="one") == {"e1": "delivered"}
    assert telling(ledger) == {}


class Ends(Soon):
    """While the job waits, the attempt ends."""

    def __init__(self, ledger: Ledger, claim: object) -> None:
        super().__init__()
        self.ledger, self.claim = ledger, claim

    def wait(self, timeout: float | None = None) -> bool:
        if self.claim:
            self.ledger.finish(self.claim, replace(ACCEPTED, message=SAID), DELIVER)
            self.claim = None
        return super().wait(timeout)


def test_a_job_that_is_killed_at_any_step_is_ended_by_the_next_who_executes_it(ledger: Ledger) -> None:
    plant(ledger)
    job = asked(ledger)
    Jobs(ledger.store).confirm(job.id, job.matched or 0, by=MIA)
    killed = 0
    for after in (3, 4) * 50:
        store = Dying(ledger, after)
        try:
            done = JobExecutor(tools(store.store), Soon()).execute(job.id, token="t")
        except Killed:
            killed += 1
        else:
            break
    assert killed > 5
    assert done.state is JobState.DONE
    assert telling(ledger) == {}


class Killed(Exception):
    pass


class Dying:
    """A ledger's store through which a process asks so many steps, and is killed."""

    def __init__(self, ledger: Ledger, after: int) -> None:
        self.store = ledger.open(ledger.store.url)
        self.left = after
        run, run_each = self.store.run, self.store.run_each
        self.store.run = lambda step, *more: self._count(step) or run(step, *more)
        self.store.run_each = lambda step, calls: self._count(step) or run_each(step, calls)

    def _count(self, step: str) -> None:
        self.left -= step != "job_lease"
        if self.left < 0:
            raise Killed


def test_events_from_before_there_were_hashes_are_erased_and_an_email_in_a_note_too(ledger: Ledger) -> None:
    ledger.accept(named("e1"), snapshot("n1", "1009", order=replace(order_of("1009"), comment=f"call {EMAIL.upper()}")))
    for key in ledger.store.client.keys("*}:em:*"):
        ledger.store.client.delete(key)
    assert Search(ledger.store).find(EMAIL) == []
    assert erase(ledger).results["erased"] == 3  # two orders, and what was said
    assert telling(ledger) == {}


def test_nobody_of_that_email_is_nothing_to_erase(ledger: Ledger) -> None:
    ledger.accept(other())
    job = erase(ledger)
    assert (job.state, job.matched) == (JobState.DONE, 0)


def test_a_refusal_of_an_erased_order_is_blank_and_stays_on_the_list(ledger: Ledger) -> None:
    ledger.accept(named("e1"))
    number = ledger.intake.refuse(f'{{"name": "{LAST}"}}'.encode(), Reason.INVALID, [], source=SOURCE, order="1001")
    erase(ledger)
    kept = Refusals(ledger.store).find(number)
    assert kept is not None
    assert (kept.body, kept.shown.order, kept.shown.reason) == (b"", "1001", "invalid")
    assert telling(ledger) == {}


def test_a_customer_is_erased_from_every_shard(clean_store: str) -> None:
    split = SplitLedger((clean_store,) * 3, "one")
    numbers = [number for shard in range(3) for number in split.numbers(shard, 2)]
    split.accept(*(named(f"{number}-1", number) for number in numbers))
    assert telling(split)
    job = erase(split)
    assert (job.state, job.results) == (JobState.DONE, {"erased": 7, "rewritten": 3})
    assert telling(split) == {}
    assert {one.reason for one in split.deliveries()} == {"erased"}
    split.close()

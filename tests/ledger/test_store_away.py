"""With the store away every method of the ledger fails the same way: by name, with the address, without the password."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from itertools import islice
from pkgutil import walk_packages
from typing import Any

import pytest
from msgspec.structs import replace

import worker.ledger
from schemas.bulk_job import JobKind
from schemas.config import ProviderConfig
from schemas.event import event_digest
from schemas.fault import Remark
from schemas.order import Customer
from schemas.outcome import Reason
from schemas.principal import Face, Principal, Role
from tests.fakes.access_calls import OF_ACCESS
from tests.fakes.ledger import ACCEPTED, DELIVER, ended, order_of, park, snapshot
from worker.errors import StoreUnreachable
from worker.ledger.audit import Audit
from worker.ledger.cause_marks import CauseMarks
from worker.ledger.claims import Claim, Probe
from worker.ledger.customers import Customers
from worker.ledger.gates import Gates, closed_by, pause_gate, resume_gate
from worker.ledger.intake import Arrival, Intake
from worker.ledger.job_lists import JobItem, JobLists, JobResult
from worker.ledger.jobs import Jobs
from worker.ledger.lanes import Runner
from worker.ledger.lending import QuotaBorrower
from worker.ledger.links import Links
from worker.ledger.ownership import Ownership
from worker.ledger.person import Person
from worker.ledger.provider_table import add_to_table, apply_table, remove_provider
from worker.ledger.queries.activity import Activity
from worker.ledger.queries.causes import Causes
from worker.ledger.queries.dead_letters import DeadLetters
from worker.ledger.queries.deliveries import Deliveries, Filter
from worker.ledger.queries.emails import orders_of
from worker.ledger.queries.erasure import Erasure
from worker.ledger.queries.events import Events
from worker.ledger.queries.ledger_status import LedgerStatus
from worker.ledger.queries.next_attempts import NextAttempts
from worker.ledger.queries.orders import Orders
from worker.ledger.queries.outcomes import Outcomes
from worker.ledger.queries.progress import EventProgress
from worker.ledger.queries.refusals import Refusals
from worker.ledger.queries.schedules import read_schedules
from worker.ledger.queries.search import Search
from worker.ledger.queries.spoken import Spoken
from worker.ledger.queue_lists import IntakeLists
from worker.ledger.redis_queue import ReaderLease, Redeliveries, RedisIntakeQueue, RedisMessage
from worker.ledger.remarks import Remarks
from worker.ledger.results import Results
from worker.ledger.retention import Retention
from worker.ledger.rewriting import rewrite_file
from worker.ledger.store.client import Epoch, Store
from worker.ledger.store.codec import pack_event
from worker.ledger.store.safety import Safety
from worker.policy.plan import plan_of

AWAY = "redis://user:hunter2@127.0.0.1:1/0"
PLAN = plan_of(ProviderConfig(name="one", kind="x", base_url="x", options=None))
AN_ID = "d" + "a" * 25
CLAIM = Claim(
    **dict.fromkeys(("maybe_since_ms", "doubt_since_ms", "first_open_ms", "unauthorized_ms", "attempted_ms", "link")),
    **dict.fromkeys(("seq", "accepted_ms", "number", "started_ms", "ends_ms", "gate_epoch", "now_ms"), 1),
    **dict.fromkeys(("open_ms", "tested_ms"), 1),
    **dict.fromkeys(("tries", "edit", "own_failures", "readable_ms", "calls"), 0),
    epoch=Epoch(1, 0),
    token="t",
    order="o",
    kind="s",
    body=pack_event(snapshot()),
)

ANN = Principal("ann", Role.ADMIN, Face.CLI)
CALLS: dict[str, Callable[[Store], Any]] = {
    "Audit.note": lambda s: Audit(s).note("replay", "x", why="w", by=ANN),
    "QuotaBorrower.go_round": lambda s: QuotaBorrower(s, {"one": PLAN}).go_round(),
    "LedgerStatus.read": lambda s: LedgerStatus(s).read("q"),
    "LedgerStatus.durability": lambda s: LedgerStatus(s).durability(),
    "Safety.look": lambda s: Safety(s, "disk").look(),
    "Store.run": lambda s: s.run("beat", "w", "{}"),
    "Store.run_each": lambda s: s.run_each("beat", [("w", "{}")]),
    "Store.load": lambda s: s.load(),
    "Store.now_ms": lambda s: s.now_ms(),
    "Store.wait_for": lambda s: s.wait_for("x", 0.01),
    "Activity.last": lambda s: Activity(s).last(),
    **OF_ACCESS,
    "JobLists.forget": lambda s: JobLists(s).forget("j1"),
    "JobLists.ids": lambda s: JobLists(s).ids("j1"),
    "JobLists.keep": lambda s: JobLists(s).keep("j1"),
    "JobLists.add": lambda s: JobLists(s).add("j1", "a", s, [str(JobItem(AN_ID, 1, "s", "o", "one"))]),
    "Jobs.begin_counting": lambda s: Jobs(s).begin_counting("j1"),
    "Jobs.cancel": lambda s: Jobs(s).cancel("j1", by=ANN),
    "Jobs.confirm": lambda s: Jobs(s).confirm("j1", 1, by=ANN),
    "Jobs.end": lambda s: Jobs(s).end("j1"),
    "Jobs.end_counting": lambda s: Jobs(s).end_counting("j1", "a", 1),
    "Jobs.job": lambda s: Jobs(s).job("j1"),
    "Jobs.lease": lambda s: Jobs(s).lease("j1", "t"),
    "Jobs.listed": lambda s: Jobs(s).listed(),
    "JobLists.attempt": lambda s: JobLists(s).attempt("j1"),
    "JobLists.meant": lambda s: JobLists(s).meant("j1"),
    "Jobs.open": lambda s: Jobs(s).open(JobKind.REPLAY, {}, {}, by=ANN, why="w"),
    "Jobs.pause": lambda s: Jobs(s).pause("j1", by=ANN),
    "JobLists.results": lambda s: list(JobLists(s).results("j1")),
    "Jobs.resume": lambda s: Jobs(s).resume("j1", by=ANN),
    "Jobs.running": lambda s: Jobs(s).running(),
    "Jobs.schedule": lambda s: Jobs(s).schedule(1, {"provider": "one"}, {}, why="w"),
    "closed_by": lambda s: closed_by(s, "one"),
    "read_schedules": read_schedules,
    "Jobs.unattended": lambda s: Jobs(s).unattended(),
    "JobLists.work": lambda s: JobLists(s).work("j1", s),
    "JobLists.next": lambda s: JobLists(s).next("j1", s, 1),
    "JobLists.finish": lambda s: JobLists(s).finish("j1", s, [("x", JobResult("done"))]),
    "CauseMarks.ignore": lambda s: CauseMarks(s).ignore("one", "f", by=ANN, why="w", ever=1),
    "CauseMarks.note": lambda s: CauseMarks(s).note("one", "f", "x", by=ANN),
    "CauseMarks.release": lambda s: CauseMarks(s).release("one", "f", by=ANN),
    "CauseMarks.reopen": lambda s: CauseMarks(s).reopen("one", "f", by=ANN),
    "CauseMarks.take": lambda s: CauseMarks(s).take("one", "f", by=ANN),
    "Causes.find": lambda s: Causes(s).find("one", "f"),
    "Causes.fingerprints": lambda s: Causes(s).fingerprints(None, "f"),
    "Causes.listed": lambda s: list(Causes(s).listed()),
    "Causes.page": lambda s: Causes(s).page(),
    "Outcomes.since": lambda s: Outcomes(s).since(),
    "Deliveries.located": lambda s: list(Deliveries(s).located(Filter())),
    "DeadLetters.replay": lambda s: DeadLetters(s).replay(AN_ID),
    "DeadLetters.discard": lambda s: DeadLetters(s).discard(AN_ID),
    "DeadLetters.replay_each": lambda s: DeadLetters(s).replay_each([AN_ID]),
    "DeadLetters.discard_each": lambda s: DeadLetters(s).discard_each([AN_ID]),
    "DeadLetters.event_of": lambda s: DeadLetters(s).event_of(AN_ID),
    "DeadLetters.groups": lambda s: list(DeadLetters(s).groups()),
    "Gates.tick": lambda s: Gates(s).tick("one", 8),
    "Gates.shift": lambda s: Gates(s).shift(5000, [PLAN]),
    "Gates.beat": lambda s: Gates(s).beat("w"),
    "Gates.hasten": lambda s: Gates(s).hasten("one"),
    "Gates.measure": lambda s: Gates(s).measure(),
    "Gates.news": lambda s: Gates(s).news(),
    "pause_gate": lambda s: pause_gate(s, "one", who="ann", why="w", at_ms=0),
    "resume_gate": lambda s: resume_gate(s, "one", who="ann", why="w"),
    "Intake.accept": lambda s: Intake(s).accept([Arrival(snapshot(), event_digest(snapshot()))]),
    "Intake.refuse": lambda s: Intake(s).refuse(b"x", Reason.INVALID, []),
    "Intake.table": lambda s: Intake(s).table(),
    "Runner.begin": lambda s: Runner(s, PLAN).begin(),
    "Runner.claim": lambda s: Runner(s, PLAN).claim(leave=True),
    "Runner.finish": lambda s: Runner(s, PLAN).finish(CLAIM, ended(CLAIM, ACCEPTED, DELIVER)),
    "Runner.finish parking": lambda s: Runner(s, PLAN).finish(CLAIM, ended(CLAIM, ACCEPTED, park())),
    "Runner.renew": lambda s: Runner(s, PLAN).renew(CLAIM),
    "Runner.linger": lambda s: Runner(s, PLAN).linger(0.01),
    "Runner.leave": lambda s: Runner(s, PLAN).leave(),
    "Runner.probed": lambda s: Runner(s, PLAN).probed(Probe(1), passed=True),
    "ReaderLease.hold": lambda s: ReaderLease(s, "q").hold(),
    "ReaderLease.let_go": lambda s: ReaderLease(s, "q").let_go(),
    "Redeliveries.count": lambda s: Redeliveries(s, "q").count(["a"]),
    "Redeliveries.forget": lambda s: Redeliveries(s, "q").forget(["a"]),
    "IntakeLists.look": lambda s: IntakeLists(s, "q").look(),
    "IntakeLists.recall": lambda s: IntakeLists(s, "q").recall(),
    "IntakeLists.depth": lambda s: IntakeLists(s, "q").depth(),
    "IntakeLists.unread": lambda s: IntakeLists(s, "q").unread(),
    "Links.known": lambda s: Links(s).known("o", ["one"]),
    "Links.correct": lambda s: Links(s).correct("one", "o", None, what="x", why="w", who="ann"),
    "RedisIntakeQueue.take_over": lambda s: RedisIntakeQueue(s, s, "q").take_over(),
    "RedisIntakeQueue.take": lambda s: RedisIntakeQueue(s, s, "q").take(1),
    "RedisIntakeQueue.wait": lambda s: RedisIntakeQueue(s, s, "q").wait(0.01),
    "RedisIntakeQueue.drop": lambda s: RedisIntakeQueue(s, s, "q").drop([RedisMessage(b"x")]),
    "Orders.named": lambda s: Orders(s).named("1001"),
    "Orders.story": lambda s: Orders(s).story("o"),
    "Ownership.owner": lambda s: Ownership(s).owner("one", snapshot()),
    "NextAttempts.of": lambda s: NextAttempts(s).of(AN_ID),
    "Ownership.present_owner": lambda s: Ownership(s).present_owner("one", snapshot()),
    "Ownership.linked": lambda s: Ownership(s).linked("one", snapshot(), ["shop/two"]),
    "Ownership.sources": lambda s: Ownership(s).sources(),
    "Deliveries.listed": lambda s: list(islice(Deliveries(s).listed(Filter()), 1)),
    "Events.listed": lambda s: list(islice(Events(s).listed(), 1)),
    "Deliveries.find": lambda s: Deliveries(s).find([AN_ID]),
    "Deliveries.page": lambda s: Deliveries(s).page(Filter()),
    "Remarks.count": lambda s: Remarks(s).count([replace(snapshot(), remarks=(Remark("subject", "trimmed"),))]),
    "Remarks.by_source": lambda s: Remarks(s).by_source(),
    "Refusals.listed": lambda s: list(Refusals(s).listed()),
    "Refusals.page": lambda s: Refusals(s).page(),
    "Refusals.find": lambda s: Refusals(s).find(1),
    "Refusals.event_id_at": lambda s: Refusals(s).event_id_at(1),
    "Refusals.forget": lambda s: Refusals(s).forget(1),
    "Results.keep": lambda s: Results(s).keep({"t": b"{}"}, 1),
    "Customers.hashed": lambda s: Customers(s).hashed("a@example.com"),
    "Customers.hash_of": lambda s: Customers(s).hash_of("a@example.com"),
    "Customers.hash_in": lambda s: Customers(s).hash_in(
        snapshot(order=replace(order_of(), customer=Customer(email="a@example.com")))
    ),
    "Erasure.orders": lambda s: list(Erasure(s).orders(Person(bool))),
    "Erasure.learn": lambda s: Erasure(s).learn(Person(bool), s, "o"),
    "Erasure.refused": lambda s: list(Erasure(s).refused(Person(bool), [])),
    "Erasure.end_all": lambda s: Erasure(s).end_all(s, "o"),
    "Erasure.blank_order": lambda s: Erasure(s).blank_order(s, "o", Person(bool)),
    "Erasure.blank_refusal": lambda s: Erasure(s).blank_refusal(s, 1),
    "Spoken.names": lambda s: Spoken(s).names(Person(bool)),
    "Spoken.mask": lambda s: Spoken(s).mask(Person(bool)),
    "Search.find": lambda s: Search(s).find("1001"),
    "Orders.listed": lambda s: list(Orders(s).listed()),
    "rewrite_file": lambda s: rewrite_file(s, 1),
    "orders_of": lambda s: orders_of(s, b"x" * 12),
    "Retention.sweep": lambda s: Retention(s, 1, Customers(s)).sweep(1),
    "EventProgress.follow": lambda s: EventProgress(s).follow([AN_ID]),
    "EventProgress.came_after": lambda s: EventProgress(s).came_after([1], [AN_ID]),
    "EventProgress.mark": lambda s: EventProgress(s).mark(),
    "Audit.deeds": lambda s: list(Audit(s).deeds()),
    "Deliveries.beginning": lambda s: Deliveries(s).beginning("daaaaaaa"),
    "Events.kept": lambda s: Events(s).kept("shop/one", "e1"),
    "Events.sources": lambda s: Events(s).sources(),
    "apply_table": lambda s: apply_table(s, {}, "x"),
    "add_to_table": lambda s: add_to_table(s, {}, "x"),
    "remove_provider": lambda s: remove_provider(s, "one"),
}
TALKS_TO_NOBODY = {
    "CauseRecord.latest",
    "CauseRecord.sum",
    "GroupCommit.call",  # its store talks: test_batching.py
    "Erasure.person",
    *("Person.learn", "Person.is_named_in", "Person.masked", "Person.masked_link"),
    *(
        "Filter.may_take",
        "Filter.takes",
        "RefusalFilter.takes",
        "Finished.awaits_order",
        "RedisIntakeQueue.close",
        "Row.wants",
        "Runner.lease_ends_s",
        "Store.close",
        "Store.errors",
        "Shard.close",
    ),
    *(
        "AdapterCache.recall",
        "AdapterCache.keep",
        "AdapterCache.keep_first",
        "AdapterCache.forget",
    ),  # goes on without: test_memory.py
    *(
        "ConnectionCache.keep",
        "ConnectionCache.give_up",
        "ConnectionCache.take",
    ),  # its store talks: test_connection_cache.py
    "ReaderLease.go_on",
    *(
        "Row.is_as",
        "Row.unsigned",
        "Table.agrees_with",
        "Table.last_applied",
        "Table.names",
        "Table.row",
        "Table.wanting",
    ),
    "Store.refusal",
    *("Cursor.read", "Listing.page"),  # its readers talk
    *("Shards.of", "Shards.number", "Shards.numbered"),
    *("Shards.asked", "Shards.each", "Shards.merged"),  # what they call talks
    *("EventProgress.look", "EventProgress.look_at_all"),  # nothing is followed yet: there is nothing to read
}


@pytest.mark.parametrize("name", CALLS)
def test_each_method_says_that_the_store_does_not_answer(name: str) -> None:
    store = Store(AWAY)
    with pytest.raises(StoreUnreachable) as failure:
        CALLS[name](store)
    assert "127.0.0.1:1" in str(failure.value)
    assert "hunter2" not in str(failure.value)
    store.close()


def test_every_public_method_of_the_ledger_is_here() -> None:
    methods = set()
    for found in walk_packages(worker.ledger.__path__, "worker.ledger."):
        module = import_module(found.name)
        for kind in vars(module).values():
            if inspect.isclass(kind) and kind.__module__ == module.__name__ and not kind.__name__.startswith("_"):
                methods |= {
                    f"{kind.__name__}.{n}" for n, f in vars(kind).items() if inspect.isfunction(f) and n[0] != "_"
                }
    methods.discard("Keys.key")
    assert methods - {name.split()[0] for name in CALLS} - TALKS_TO_NOBODY == set()

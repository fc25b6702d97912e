"""Whoever reads or writes a ledger that is split does so in every shard: what is wanted here is never in the first one.

A class or function that is given the whole ledger calls it ``store`` or ``ledger``, one that works in one shard ``shard``.
Each public method of the former is in the table below: a new one fails until it is.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from schemas.config import Config
from schemas.delivery import Link
from schemas.event import event_digest
from schemas.fault import Remark
from schemas.principal import Face, Principal, Role
from tests.fakes.ledger import SOURCE
from tests.fakes.ledger_methods import methods_of, modules, public, stores_of
from tests.fakes.second_shard import World, synced
from tests.fakes.second_shard_causes import OF_CAUSES
from tests.fakes.second_shard_customers import OF_CUSTOMERS
from tests.fakes.second_shard_jobs import OF_JOBS
from worker.errors import ShardAway
from worker.ledger.adapter_cache import AdapterCache
from worker.ledger.audit import Audit
from worker.ledger.gates import pause_gate, resume_gate
from worker.ledger.intake import Arrival, Intake, open_intake
from worker.ledger.links import Links
from worker.ledger.ownership import Ownership
from worker.ledger.provider_rows import read_table
from worker.ledger.provider_table import add_to_table, apply_table, remove_provider
from worker.ledger.queries.activity import Activity
from worker.ledger.queries.dead_letters import DeadLetters
from worker.ledger.queries.deliveries import Deliveries, Filter
from worker.ledger.queries.events import Events
from worker.ledger.queries.ledger_status import LedgerStatus
from worker.ledger.queries.next_attempts import NextAttempts
from worker.ledger.queries.orders import Orders
from worker.ledger.queries.progress import EventProgress
from worker.ledger.queries.refusals import Refusals
from worker.ledger.redis_queue import ReaderLease, Redeliveries
from worker.ledger.remarks import Remarks
from worker.ledger.results import Results
from worker.providers.memory import ProcessMemory

OF_ALL, OF_ONE = {"store", "ledger"}, {"shard", "broker"}


def linked(w: World) -> bool:
    w.deliver()
    return Links(w.store).correct("one", w.digest, Link(order_id="88"), what="x", why="w", who="ann") == "linked"


def owned(w: World) -> bool:
    """The number is linked for the source in the second shard, and for another one nowhere."""
    w.deliver()
    return Ownership(w.store).owner("one", w.rival) == SOURCE


def kept_by_the_second(w: World) -> AdapterCache:
    """What is there once is in the first shard, by whichever shard one comes to the ledger."""
    AdapterCache(w.last, ProcessMemory()).keep("token", "abc", 60)
    return AdapterCache(w.store, ProcessMemory())


def forgotten(w: World) -> bool:
    near = kept_by_the_second(w)
    near.forget("token")
    return AdapterCache(w.last, ProcessMemory()).recall("token") is None


def remarks(w: World) -> bool:
    Remarks(w.last).count([replace(w.event, remarks=(Remark("subject", "trimmed"),))])
    return [one.count for one in Remarks(w.store).by_source()] == [1]


def accepted(w: World) -> bool:
    w.split.intake.accept([Arrival(w.later, event_digest(w.later))])
    return w.members("events") == 2


def refusal_gone(w: World) -> bool:
    Refusals(w.store).forget(w.refuse())
    return w.members("refusals") == 0


def corrected(w: World) -> bool:
    """A refusal that was accepted under its number."""
    seq = w.refuse()
    w.split.intake.accept([Arrival(w.later, event_digest(w.later), seq)])
    return Refusals(w.store).event_id_at(seq) == "e2"


def held(w: World) -> ReaderLease:
    lease = ReaderLease(w.store, "q")
    assert lease.hold()
    return lease


def has_reader(w: World) -> bool:
    return bool(w.last.client.exists(w.last.keys.key("reader", queue="q")))


def let_go(w: World) -> bool:
    held(w).let_go()
    return not has_reader(w)


def counted(w: World) -> bool:
    Redeliveries(w.last, "q").count(["a"])
    return Redeliveries(w.store, "q").count(["a"]) == [2]


def uncounted(w: World) -> bool:
    Redeliveries(w.last, "q").count(["a"])
    Redeliveries(w.store, "q").forget(["a"])
    return Redeliveries(w.last, "q").count(["a"]) == [1]


def result(w: World) -> bool:
    Results(w.last).keep({"t": b"{}"}, 60)
    return bool(w.store.client.get("celery-task-meta-t") == b"{}")


def paused(w: World) -> bool:
    return pause_gate(w.store, "one", who="ann", why="w", at_ms=0) and bool(
        w.last.client.hexists(w.last.keys.key("gate", provider="one"), "paused")
    )


def resumed(w: World) -> bool:
    return (
        paused(w)
        and resume_gate(w.store, "one", who="ann", why="w")
        and not w.last.client.hexists(w.last.keys.key("gate", provider="one"), "paused")
    )


def rows(w: World, write: Callable[[], object]) -> list[bool]:
    """Which rows of the second shard's provider table are gone."""
    write()
    return [row.gone for row in read_table(w.last).rows]


def came(w: World) -> bool:
    progress = EventProgress(w.store)
    mark = progress.mark()
    w.split.accept(w.later)
    return progress.came_after(mark, [w.split.deliveries()[0].id]) == [True]


ANN = Principal("ann", Role.ADMIN, Face.CLI)


def weakest(w: World) -> bool:
    with pytest.raises(ShardAway):
        LedgerStatus(w.without_the_second()).durability()
    with synced(w.store.client):
        return LedgerStatus(w.store).durability() == "disk"


def seen_to(w: World) -> bool:
    progress = w.followed()
    progress.look_at_all()
    return progress.unfinished == 1


FINDS: dict[str, Callable[[World], Any]] = {
    "Activity.last": lambda w: sum(minute.accepted for minute in Activity(w.store).last(9)) == 1,
    "AdapterCache.forget": forgotten,
    "AdapterCache.keep": lambda w: kept_by_the_second(w).recall("token") == "abc",
    "AdapterCache.keep_first": lambda w: kept_by_the_second(w).keep_first("token", "other", 60) == "abc",
    "AdapterCache.recall": lambda w: kept_by_the_second(w).recall("token") == "abc",
    "Audit.deeds": lambda w: linked(w) and next(Audit(w.store).deeds()).verb == "link",
    "Audit.note": lambda w: Audit(w.last).note("replay", "x", why="w", by=ANN) or list(Audit(w.store).deeds()),
    "DeadLetters.discard": lambda w: DeadLetters(w.store).discard(w.bury()).result == "discarded",
    "DeadLetters.discard_each": lambda w: DeadLetters(w.store).discard_each([w.bury()])[0].result == "discarded",
    "DeadLetters.event_of": lambda w: DeadLetters(w.store).event_of(w.delivery.id) == w.event,
    "DeadLetters.groups": lambda w: w.bury() and [group.count for group in DeadLetters(w.store).groups()] == [1],
    "DeadLetters.replay": lambda w: DeadLetters(w.store).replay(w.bury()).result == "replayed",
    "DeadLetters.replay_each": lambda w: DeadLetters(w.store).replay_each([w.bury()])[0].result == "replayed",
    "Deliveries.beginning": lambda w: Deliveries(w.store).beginning(w.delivery.id[:8]) == [w.delivery.id],
    "Deliveries.find": lambda w: Deliveries(w.store).find([w.delivery.id]) != [None],
    "Deliveries.listed": lambda w: [one.order for one in Deliveries(w.store).listed(Filter())] == [w.number],
    "Deliveries.located": lambda w: [one.shard.number for one in Deliveries(w.store).located(Filter())] == [1],
    "Deliveries.page": lambda w: [one.order for one in Deliveries(w.store).page(Filter()).items] == [w.number],
    "EventProgress.came_after": came,
    "EventProgress.ended": lambda w: w.looked(ended=True).ended["discarded"] == 1,
    "EventProgress.follow": lambda w: not w.followed().is_over,
    "EventProgress.is_over": lambda w: not w.looked().is_over and w.looked(ended=True).is_over,
    "EventProgress.look": lambda w: w.followed().look().open == 1,
    "EventProgress.look_at_all": seen_to,
    "EventProgress.mark": came,
    "EventProgress.unfinished": lambda w: w.looked().unfinished == 1,
    "Events.kept": lambda w: Events(w.store).kept(SOURCE, "e1"),
    "Events.listed": lambda w: [event.subject for _, event in Events(w.store).listed()] == [w.number],
    "Events.sources": lambda w: Events(w.store).sources() == [SOURCE],
    "Intake.accept": accepted,
    "Intake.refuse": lambda w: w.refuse() and w.members("refusals") == 1,
    "Intake.table": lambda w: Intake(w.last).table() == Intake(w.store).table(),
    **OF_CAUSES,
    **OF_CUSTOMERS,
    **OF_JOBS,
    "LedgerStatus.durability": weakest,
    "LedgerStatus.read": lambda w: [row.pending for row in LedgerStatus(w.store).read("q").providers] == [1],
    "Links.correct": linked,
    "Links.known": lambda w: w.deliver() and Links(w.store).known(w.digest, ["one"])[0].link,
    "NextAttempts.of": lambda w: NextAttempts(w.store).of(w.delivery.id).event == w.event,
    "Orders.named": lambda w: Orders(w.store).named(w.number) == [(SOURCE, w.digest)],
    "Orders.story": lambda w: [one.id for one in Orders(w.store).story(w.digest).events] == ["e1"],
    "Ownership.linked": lambda w: w.deliver() and Ownership(w.store).linked("one", w.rival, [SOURCE]) == SOURCE,
    "Ownership.owner": owned,
    "Ownership.present_owner": lambda w: w.deliver() and Ownership(w.store).present_owner("one", w.rival) == SOURCE,
    "Ownership.sources": lambda w: Ownership(w.store).sources() == [SOURCE],
    "ReaderLease.hold": lambda w: held(w) and has_reader(w),
    "ReaderLease.let_go": let_go,
    "Redeliveries.count": counted,
    "Redeliveries.forget": uncounted,
    "Refusals.event_id_at": corrected,
    "Refusals.find": lambda w: Refusals(w.store).find(w.refuse()),
    "Refusals.forget": refusal_gone,
    "Refusals.listed": lambda w: w.refuse() and list(Refusals(w.store).listed()),
    "Refusals.page": lambda w: w.refuse() and Refusals(w.store).page().items,
    "Remarks.by_source": remarks,
    "Remarks.count": remarks,
    "Results.keep": result,
    "add_to_table": lambda w: rows(w, lambda: add_to_table(w.store, w.more, "more")) == [False, False],
    "apply_table": lambda w: rows(w, lambda: apply_table(w.store, {}, "nobody")) == [True],
    "open_intake": lambda w: open_intake(w.store, Config()).shards.all[1].number == 1,
    "pause_gate": paused,
    "remove_provider": lambda w: rows(w, lambda: remove_provider(w.store, "one")) == [True],
    "resume_gate": resumed,
}  # fmt: skip

ASK_NO_SHARD = {"ReaderLease.go_on"}
ASK_THE_FIRST = ("AccessTokens.", "Users.")
"""Who may come to the web: all of that is in the first shard."""
WORK_THE_BROKER = {f"RedisIntakeQueue.{name}" for name in ("close", "drop", "take", "take_over", "wait")}


@pytest.fixture
def world(clean_store: str) -> Iterator[World]:
    made = World(clean_store)
    yield made
    made.split.close()


@pytest.mark.parametrize("name", FINDS)
def test_what_is_in_a_further_shard_is_found_and_changed_there(world: World, name: str) -> None:
    first = world.store.shards[0]
    assert (first.client.exists(first.keys.key("events")), world.members("events")) == (0, 1)
    assert FINDS[name](world)


def test_every_method_of_whoever_is_given_the_whole_ledger_is_in_the_table() -> None:
    given = [one for module in modules() for one in public(module) if stores_of(one) & OF_ALL]
    methods = {name for one in given for name in methods_of(one) if not name.startswith(ASK_THE_FIRST)}
    assert methods - ASK_NO_SHARD - WORK_THE_BROKER == FINDS.keys()


def test_a_store_is_called_by_how_much_of_the_ledger_it_is_meant_for() -> None:
    named = {name: one for module in modules() for one in public(module) for name in stores_of(one)}
    assert named.keys() - OF_ALL - OF_ONE == set()


def test_who_works_in_one_shard_asks_no_other_but_for_a_loan() -> None:
    given = [one for module in modules() for one in public(module) if "shard" in stores_of(one)]
    asking = {one.__name__ for one in given if re.search(r"\bShards\(|\.shards\b|hurried\(", inspect.getsource(one))}
    assert {"Gates", "Runner", "Retention", "read_table", "read_deliveries"} <= {one.__name__ for one in given}
    assert asking == {"QuotaBorrower"}

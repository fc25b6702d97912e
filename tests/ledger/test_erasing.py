"""Erasing a customer: whatever tells of them is gone from every key and from the append-only file, and ids, times,
states and counts stay."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from schemas.bulk_job import BulkJob, JobKind, JobState
from schemas.delivery import Link, order_digest
from schemas.event import Event
from schemas.order import Address, Customer
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.principal import Face, Principal, Role
from tests.fakes.job_tools import tools
from tests.fakes.ledger import (
    ACCEPTED,
    BURY,
    DELIVER,
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
from worker.ledger.audit import Audit
from worker.ledger.customers import Customers
from worker.ledger.jobs import Jobs
from worker.ledger.queries.orders import Orders
from worker.ledger.queries.refusals import Refusals
from worker.ledger.queries.search import Search
from worker.ledger.retention import Retention
from worker.ledger.store.keys import MAY_HOLD_A_PERSON, PATTERNS
from worker.ledger.store.phrases import PHRASES

MIA = Principal("mia", Role.OPERATOR, Face.CLI)
EMAIL, FIRST, LAST = "zoe.quux@example.com", "Zoe", "Quuxdotter"
PHONE, STREET = "+45 31 41 59 26", "Wibblegade 77"
PLANTED = (EMAIL, LAST, PHONE, "31415926", STREET)
SAID = f"{EMAIL} {FIRST} {LAST} {PHONE} {STREET}"
TOLD = Outcome(
    kind=OutcomeKind.REJECTED, reason=Reason.NO_PRODUCT, calls=1, message=f"No product for {SAID}", excerpt=SAID
)


def named(event_id: str = "e1", number: str = "1001", email: str = EMAIL) -> Event:
    home = Address(first_name=FIRST, last_name=LAST, phone=PHONE, address1=STREET, city="Ribe")
    customer = Customer(email=email, first_name=FIRST, last_name=LAST, phone=PHONE)
    return snapshot(event_id, number, order=replace(order_of(number), customer=customer, billing_address=home))


def other(event_id: str = "o1", number: str = "2001") -> Event:
    return snapshot(
        event_id, number, order=replace(order_of(number), customer=Customer(email="bo@example.com", last_name="Berg"))
    )


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


def everything(ledger: Ledger) -> dict[str, str]:
    """All that every key of the server says, unpacked."""
    return {key.decode(): _said(ledger, key) for key in ledger.store.client.keys("*")}


def _said(ledger: Ledger, key: bytes) -> str:
    client = ledger.store.client
    kind = client.type(key).decode()
    parts = {
        "string": lambda: [client.get(key)],
        "hash": lambda: [part for pair in client.hgetall(key).items() for part in pair],
        "list": lambda: client.lrange(key, 0, -1),
        "set": lambda: client.smembers(key),
        "zset": lambda: client.zrange(key, 0, -1),
        "stream": lambda: [part for _, entry in client.xrange(key) for pair in entry.items() for part in pair],
    }[kind]()
    return "\n".join(_unpacked(part) for part in parts)


def _unpacked(part: bytes) -> str:
    if part[:1] == b"\x02":
        with suppress(zlib.error):
            part = zlib.decompressobj(zdict=PHRASES).decompress(part[1:])
    return part.decode(errors="replace")


def telling(ledger: Ledger) -> dict[str, list[str]]:
    """Which keys tell what of the customer."""
    found = {key: [one for one in PLANTED if one in said] for key, said in everything(ledger).items()}
    return {key: ones for key, ones in found.items() if ones}


def plant(ledger: Ledger) -> None:
    """The customer in every place that may hold one."""
    client, key = ledger.store.client, ledger.store.keys.key
    ledger.accept(named("e1"), other())
    first = ledger.claim()
    linked = replace(ACCEPTED, link=Link(order_id="77", contact_id="c9", notes={"said": SAID}), message=SAID)
    ledger.finish(first, linked, DELIVER)
    ledger.finish(ledger.claim(), ACCEPTED, DELIVER)
    ledger.accept(named("e2"), action("a1"))
    one = ledger.claim()
    ledger.finish(one, TOLD, BURY)
    [dead] = ledger.deliveries(provider="one", state="dead")
    ledger.dead.replay(dead.id, edited=named("e2"))
    ledger.finish(ledger.claim(), replace(UNAVAILABLE, message=SAID), park(600))
    # A group tells what its last letter died of, and is still there when that one has gone: another's is in it.
    client.hset(key("dead_groups", provider="one"), "f9", f"rejected|No product for {SAID}")
    Audit(ledger.store).note("replay", f"1: {EMAIL}", why=f"{SAID} rang", by=MIA)
    Audit(ledger.store).note("replay", "1: x", why="not about anybody", by=MIA)
    ledger.intake.refuse(
        pack_json(named("e3", "1003")), Reason.INVALID, [], source=SOURCE, order="1003", headers={"to": EMAIL}
    )
    ledger.intake.refuse(pack_json(other("o3", "2003")), Reason.INVALID, [], source=SOURCE, order="2003")
    ledger.pause("two", who="mia", why=f"wait for {SAID}", at_ms=0)
    job, _ = Jobs(ledger.store).open(JobKind.REPLAY, {"state": "dead"}, {}, by=MIA, why=f"for {SAID}")
    Jobs(ledger.store).cancel(job.id, by=MIA)
    client.rpush(key("job_results", job=1), f"dabc same of {SAID}")
    client.rpush(key("gate_news"), json.dumps({"message": SAID}))
    client.hset(key("gate_told"), "one", f"1|1|1|0|{json.dumps({'message': SAID})}")
    client.hset(key("gate", provider="one"), "answer", json.dumps([1, "rejected", "x", 422, SAID]))
    client.set("celery-task-meta-t1", json.dumps({"result": {"errors": [{"message": SAID}]}}), ex=86_400)


def pack_json(event: Event) -> bytes:
    order = event.order
    return json.dumps(
        {"id": event.id, "subject": event.subject, "email": order.customer.email, "name": order.customer.last_name}
    ).encode()


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
    assert not [key for key in ledger.store.client.keys("*}:em:*") if hashed in ledger.store.client.hvals(key)]
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


def test_an_order_is_found_by_the_email_of_its_customer_in_any_case(ledger: Ledger) -> None:
    ledger.accept(named("e1"), named("e2"), named("e3", "1003", "ZOE.Quux@example.com "), other())
    found = Search(ledger.store).find(f" {EMAIL.upper()}")
    assert sorted((one.source, one.order, one.by) for one in found) == [
        (SOURCE, "1001", "email"),
        (SOURCE, "1003", "email"),
    ]
    assert Search(ledger.store).find("nobody@example.com") == []


def test_an_order_is_found_by_its_number_and_by_every_id_of_ours(ledger: Ledger) -> None:
    ledger.accept(named("e1"))
    delivery = ledger.deliveries(provider="one")[0].id
    ledger.intake.refuse(b"{}", Reason.INVALID, [], source=SOURCE, event_id="e9", order="1001")
    search = Search(ledger.store)
    assert [(one.by, one.id) for one in search.find("1001")] == [("number", None), ("refusal", "r2")]
    assert [(one.by, one.order) for one in search.find("e1")] == [("event", "1001")]
    for written in (delivery, delivery[:8]):
        assert [(one.by, one.id, one.order) for one in search.find(written)] == [("delivery", delivery, "1001")]
    assert [(one.by, one.order) for one in search.find("r2")] == [("refusal", "1001")]
    assert search.find("x") == []


def test_the_hash_of_an_event_goes_with_it(ledger: Ledger) -> None:
    ledger.accept(named("e1"))
    ledger.deliver()
    ledger.deliver("two")
    ledger.advance(30 * 86_400)
    assert Retention(ledger.store, 1, Customers(ledger.store)).sweep(ledger.store.now_ms()) == 1
    assert ledger.store.client.keys("*}:em:*") == []


def test_a_hash_costs_some_twenty_bytes_an_event_and_its_buckets_stay_small(ledger: Ledger) -> None:
    ledger.accept(*(named(f"{n}-1", str(n), f"c{n}@example.com") for n in range(2_000)))
    client = ledger.store.client
    keys = client.keys("*}:em:*")
    assert len(keys) <= 256
    assert {client.object("encoding", key) for key in keys} == {b"listpack"}
    held = [client.hlen(key) for key in keys]
    assert sum(held) == 2_000
    entries = [value for key in keys for pair in client.hgetall(key).items() for value in pair]
    assert sum(map(len, entries)) / 2_000 <= 12 + 4


def test_two_who_make_the_key_at_once_have_the_same(ledger: Ledger) -> None:
    one, two = Customers(ledger.store), Customers(ledger.store)
    assert one.hash_of(EMAIL) == two.hash_of(EMAIL) == b""
    assert one.hashed(EMAIL) == two.hashed(EMAIL.upper()) != one.hashed("other@example.com")
    assert len(one.hashed(EMAIL)) == 12

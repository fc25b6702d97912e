"""A customer planted in every place of a ledger that may hold one, and looked for in every key, unpacked."""

from __future__ import annotations

import json
import zlib
from contextlib import suppress

from msgspec.structs import replace

from schemas.bulk_job import JobKind
from schemas.delivery import Link, SentRequest
from schemas.event import Event
from schemas.order import Address, Customer
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.principal import Face, Principal, Role
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, SOURCE, UNAVAILABLE, Ledger, action, order_of, park, snapshot
from worker.ledger.audit import Audit
from worker.ledger.cause_marks import CauseMarks
from worker.ledger.jobs import Jobs
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
    with suppress(zlib.error):  # what an attempt sent, behind its digest
        part = zlib.decompressobj(zdict=PHRASES).decompress(part[16:])
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
    sent = SentRequest("d" * 16, "save", "POST", "application/json", SAID.encode(), False)
    ledger.finish(one, TOLD, BURY, sent=sent)
    marks = CauseMarks(ledger.store)
    marks.note("one", "f1", f"{SAID} rang", by=MIA)
    marks.ignore("one", "f1", by=MIA, why=f"{SAID} said so", ever=1)
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

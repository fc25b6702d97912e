"""Customers of a ledger in which everything is in the second shard: one story for each method, true where it finds the
customer there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from schemas.event import Event
from schemas.order import Customer
from tests.fakes.ledger import order_of, snapshot
from tests.fakes.second_shard import World
from worker.ledger.customers import Customers
from worker.ledger.person import Person
from worker.ledger.queries.erasure import Erasure
from worker.ledger.queries.orders import Orders
from worker.ledger.queries.search import Search
from worker.ledger.queries.spoken import Spoken

EMAIL = "zoe@example.com"


def named(w: World) -> Event:
    """The order's second event, which names its customer."""
    event = snapshot("e2", w.number, order=replace(order_of(w.number), customer=Customer(email=EMAIL)))
    w.split.accept(event)
    return event


def erasing(w: World) -> tuple[Erasure, Person]:
    named(w)
    erasure = Erasure(w.last)
    return erasure, erasure.person(Customers(w.store).hash_of(EMAIL))


def found(w: World) -> bool:
    erasure, person = erasing(w)
    return [(one.shard.number, one.name) for one in erasure.orders(person) if one] == [(1, w.number)]


def learned(w: World) -> bool:
    erasure, person = erasing(w)
    return len(erasure.learn(person, w.last, w.digest)) == 2 and person.masked(EMAIL) == "(erased)"


def blanked(w: World) -> bool:
    erasure, person = erasing(w)
    ended, _ = erasure.end_all(w.last, w.digest)
    erased = erasure.blank_order(w.last, w.digest, person)
    return ended and erased.events == 2 and [one for one in erasure.orders(person) if one] == []


def blanked_refusal(w: World) -> bool:
    erasure, person = erasing(w)
    w.refuse()
    [one] = erasure.refused(person, [w.digest])
    erasure.blank_refusal(one.shard, int(one.key))
    return one.shard is w.last and list(erasure.refused(person, [w.digest])) == []


def masked(w: World) -> bool:
    """A result of a job is in the shard of what it was done to."""
    _, person = erasing(w)
    w.split.pause("one", who="ann", why=f"wait for {EMAIL}", at_ms=0)
    spoken = Spoken(w.store)
    return spoken.names(person) and spoken.mask(person) >= 2 * len(w.store.shards) and not spoken.names(person)


def hashed(w: World) -> bool:
    """The key is the first shard's, by whichever shard one comes to the ledger."""
    event = named(w)
    return Customers(w.last).hashed(EMAIL) == Customers(w.store).hash_of(EMAIL) == Customers(w.last).hash_in(event)


OF_CUSTOMERS: dict[str, Callable[[World], Any]] = {
    "Customers.hashed": hashed,
    "Customers.hash_in": hashed,
    "Customers.hash_of": hashed,
    "Erasure.blank_order": blanked,
    "Erasure.blank_refusal": blanked_refusal,
    "Erasure.end_all": blanked,
    "Erasure.learn": learned,
    "Erasure.orders": found,
    "Erasure.person": found,
    "Erasure.refused": blanked_refusal,
    "Orders.listed": lambda w: [one.shown.order for one in Orders(w.store).listed()] == [w.number],
    "Search.find": lambda w: named(w) and [one.order for one in Search(w.store).find(EMAIL)] == [w.number],
    "Spoken.mask": masked,
    "Spoken.names": masked,
}

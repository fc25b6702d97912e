"""Erasing a customer from orders and refusals: what names them is found, and then blanked. Other texts: ``spoken``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from schemas.delivery import order_digest
from worker.errors import OrdercastError
from worker.ledger.customers import Customers
from worker.ledger.person import Person, emails_in, without_person
from worker.ledger.provider_rows import read_table
from worker.ledger.queries.emails import place_of
from worker.ledger.queries.events import EDIT
from worker.ledger.queries.finding import order_seqs
from worker.ledger.queries.paging import index_members
from worker.ledger.queries.refusals import KeptRefusal, Refusals
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import (
    blank_attempt,
    blank_final,
    pack_event,
    pack_link,
    unpack_event,
    unpack_link,
    unpack_text,
)
from worker.ledger.store.shards import Shards, runner_address

SCANNED = 200
TRIES = 5
Row = dict[bytes, bytes]
Change = tuple[str | bytes, bytes, bytes]
"""A field, or nothing where it is in a list; what it says; what it is to say."""
Reads = Callable[[Store, Any, Person], list[Change]]
"""Of a key, by its part: what is to change in it."""


class FoundNames(NamedTuple):
    """An order of a shard that names a customer: its number, its digest, and how many events and deliveries it has. Or
    a refusal: its id, and its number in its shard."""

    shard: Store
    name: str
    key: str
    events: int = 0
    deliveries: int = 0


class Erased(NamedTuple):
    """What was erased. ``bytes`` are those that the store keeps no more of it."""

    events: int = 0
    deliveries: int = 0
    bytes: int = 0


class StillWritten(OrdercastError):
    """What is to be erased changes while it is read. Try again."""


class Erasure:
    """Finds and blanks what is kept of customers. Every method raises ``StoreUnreachable`` and is safe to repeat."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)
        self.customers = Customers(store)
        self.refusals = Refusals(store)

    def person(self, customer: bytes) -> Person:
        """Whoever has the e-mail of this hash."""
        return Person(lambda email: self.customers.hash_of(email) == customer)

    def orders(self, person: Person) -> Iterator[FoundNames | None]:
        """Every order of which an event or an edit has the e-mail, wherever in it; ``None`` after each page of others.
        The person's names, phones and addresses are known then. Reads all events: about a minute for a million."""
        for shard in self.shards:
            digests: dict[str, None] = {}
            for row in _events(shard):
                if row is None:
                    yield None
                elif any(map(person.is_email, emails_in(" ".join(map(unpack_text, _bodies(row)))))):
                    digests[text(row[b"o"])] = None
            for digest in digests:
                rows = self.learn(person, shard, digest)
                number = next(unpack_event(row[b"b"]).subject for row in rows.values())
                yield FoundNames(shard, number, digest, len(rows), sum(len(_providers(row)) for row in rows.values()))

    def learn(self, person: Person, shard: Store, digest: str) -> dict[int, Row]:
        """The events of an order by their numbers; what they tell of the person is known then."""
        rows = _rows(shard, sorted(set(order_seqs(shard, digest))))
        for row in rows.values():
            for body in _bodies(row):
                person.learn(unpack_event(body))
        return rows

    def refused(self, person: Person, orders: Iterable[str]) -> Iterator[FoundNames]:
        """Every refusal that has the e-mail or a phone of the person, or is of one of these orders."""
        of_orders = set(orders)
        for kept in self.refusals.listed():
            shown = kept.shown
            digest = order_digest(shown.source, shown.order) if shown.source and shown.order else None
            if not kept.is_erased and (digest in of_orders or person.is_named_in(_said(kept))):
                shard, seq = self.shards.numbered(kept.seq)
                yield FoundNames(shard, shown.id, str(seq))

    def end_all(self, shard: Store, digest: str) -> tuple[bool, list[str]]:
        """End all deliveries of an order's events, so that nothing of it is sent from now on; and the runners to call.
        False where one is on its way: then ask again."""
        limits = {row.name: row.limit for row in read_table(shard).rows}
        rows = _rows(shard, order_seqs(shard, digest))
        calls = []
        for seq, row in rows.items():
            limited = (part for name in _providers(row) for part in (name, limits.get(name, 1)))
            calls.append((seq, digest, text(row.get(b"k")) or "s", *limited))
        have_ended, posts = True, []
        for word, *more in shard.run_each("erase", calls):
            have_ended = have_ended and word != b"attempting"
            names = more[1:]
            for name, count in zip(names[::2], names[1::2], strict=True):
                posts += [runner_address(text(name), shard.number)] * int(count)
        return have_ended, posts

    def blank_order(self, shard: Store, digest: str, person: Person) -> Erased:
        """Take out of an order all that tells of its customer, once everything of it has ended: its bodies last, by
        which whoever does it again knows the customer. Raises ``StillWritten``."""
        seqs = sorted(set(order_seqs(shard, digest)))
        saved = _until_blank(shard, "order", digest, _links, person)
        saved += sum(_until_blank(shard, "event", seq, _finals, person) for seq in seqs)
        sizes = [self._blank_event(shard, seq, person) for seq in seqs]
        return Erased(len(sizes), sum(deliveries for _, deliveries in sizes), saved + sum(size for size, _ in sizes))

    def blank_refusal(self, shard: Store, seq: int) -> Erased:
        """Take out of a refusal what was sent. That it was, when, of which order and what was at fault stays."""
        with shard.errors():
            kept = shard.client.hmget(shard.keys.key("refusal", seq=seq), "body", "headers")
        changes: list[Change] = [
            (name, said, b"") for name, said in zip(("body", "headers"), kept, strict=True) if said
        ]
        shard.run("blank", "refusal", seq, *(value for change in changes for value in change))
        return Erased(bytes=sum(len(said) for _, said, _ in changes))

    def _blank_event(self, shard: Store, seq: int, person: Person) -> tuple[int, int]:
        """How many bytes less there are of it, and how many deliveries it has."""
        row = _rows(shard, [seq]).get(seq)
        if row is None:
            return 0, 0
        if customer := self.customers.hash_in(unpack_event(row[b"b"])):
            place, entry = place_of(seq, customer)
            _blank(shard, "emails", place, [("", entry, b"")])
        saved = _until_blank(shard, "event", seq, _bodies_of, person)
        for provider in _providers(row):
            saved += _until_blank(shard, "attempts", f"{provider} {seq}", _attempts, person)
        return saved, len(_providers(row))


def _until_blank(shard: Store, name: str, part: str | int, read: Reads, person: Person) -> int:
    """How many bytes less there are of it, once nothing is left to change."""
    saved = 0
    for _ in range(TRIES):
        changes = [change for change in read(shard, part, person) if change[1] != change[2]]
        if not changes:
            return saved
        if _blank(shard, name, part, changes):
            saved += sum(len(said) - len(blank) for _, said, blank in changes)
    raise StillWritten


def _blank(shard: Store, name: str, part: str | int, changes: Sequence[Change]) -> bool:
    return bool(changes and shard.run("blank", name, part, *(value for change in changes for value in change)))


def _finals(shard: Store, seq: int, person: Person) -> list[Change]:
    """The deliveries that an event keeps."""
    row = _rows(shard, [seq]).get(seq, {})
    finals = ((field, said) for field, said in row.items() if field.startswith(b">") and said)
    return [(field, said, blank_final(said, person.masked_link)) for field, said in finals]


def _bodies_of(shard: Store, seq: int, person: Person) -> list[Change]:  # noqa: ARG001  as all that read
    """Its body, and its edits."""
    row = _rows(shard, [seq]).get(seq, {})
    body: list[Change] = [
        (b"b", said, pack_event(without_person(unpack_event(said)))) for said in filter(None, [row.get(b"b")])
    ]
    return [*body, *((field, said, b"") for field, said in row.items() if EDIT(field))]


def _links(shard: Store, digest: str, person: Person) -> list[Change]:
    with shard.errors():
        row = shard.client.hgetall(shard.keys.key("order", order=digest))
    links = {field: (said, unpack_link(said)) for field, said in row.items() if field.startswith(b"l:")}
    return [(field, said, pack_link(person.masked_link(link))) for field, (said, link) in links.items() if link]


def _attempts(shard: Store, part: str, person: Person) -> list[Change]:  # noqa: ARG001  as all that read
    provider, _, seq = part.rpartition(" ")
    with shard.errors():
        kept = shard.client.lrange(shard.keys.key("attempts", provider=provider, seq=seq), 0, -1)
    return [("", said, blank_attempt(said)) for said in kept]


def _events(shard: Store) -> Iterator[Row | None]:
    """All events of a shard, the newest first; ``None`` after each page."""
    seqs = (seq for _, seq in index_members(shard, shard.keys.key("events")))
    while page := list(islice(seqs, SCANNED)):
        yield from _rows(shard, page).values()
        yield None


def _rows(shard: Store, seqs: Sequence[int]) -> dict[int, Row]:
    with shard.errors(), shard.client.pipeline(transaction=False) as pipe:
        for seq in seqs:
            pipe.hgetall(shard.keys.key("event", seq=seq))
        rows = pipe.execute()
    return {seq: row for seq, row in zip(seqs, rows, strict=True) if b"b" in row}


def _bodies(row: Row) -> list[bytes]:
    return [body for field, body in row.items() if field == b"b" or EDIT(field)]


def _providers(row: Row) -> list[str]:
    return [text(field)[1:] for field in row if field.startswith(b">")]


def _said(kept: KeptRefusal) -> str:
    """What was refused, also as JSON says it."""
    said = " ".join([kept.body.decode(errors="replace"), *kept.headers.values()])
    try:
        return f"{said} {json.dumps(json.loads(kept.body), ensure_ascii=False)}"
    except (ValueError, RecursionError):
        return said

"""What people and vendors have said, wherever that is kept beside events and refusals: searched for a customer, and
masked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from worker.ledger.person import Person
from worker.ledger.provider_rows import read_table
from worker.ledger.store.client import Store, text
from worker.ledger.store.shards import Shards

RECEIPTS = "celery-task-meta-*"
SCANNED = 1_000
Write = Callable[[], object]


class Spoken:
    """All such texts of a ledger. Every method raises ``StoreUnreachable`` and is safe to repeat."""

    def __init__(self, store: Store) -> None:
        self.shards = Shards(store)

    def names(self, person: Person) -> bool:
        """Whether any of them tells of a person."""
        return any(True for _ in self._writes(person))

    def mask(self, person: Person) -> int:
        """Mask whatever tells of a person; gives in how many places."""
        return sum(1 for write in list(self._writes(person)) if write() or True)

    def _writes(self, person: Person) -> Iterator[Write]:
        for shard in self.shards:
            yield from _audit(shard, person)
            for name, part in _parts(shard):
                yield from _texts(shard, name, part, person)
        yield from _receipts(self.shards.first, person)


def _parts(shard: Store) -> Iterator[tuple[str, str]]:
    """Each key that may have such texts: its name in the map, and its part."""
    yield from (("gate_news", ""), ("gate_told", ""))
    for row in read_table(shard).rows:
        yield from (("gate", row.name), ("dead_groups", row.name))
        yield "cause_marks", row.name
        with shard.errors():
            noted = shard.client.zrange(shard.keys.key("cause_deeds", provider=row.name), 0, -1)
        yield from (("cause_notes", f"{row.name} {text(fingerprint)}") for fingerprint in noted)
    first = shard.shards[0]
    with first.errors():
        numbers = [text(number) for number in first.client.zrange(first.keys.key("jobs"), 0, -1)]
    yield from ((name, number) for number in numbers for name in ("job", "job_results"))


PARTS = {
    **dict.fromkeys(("gate", "dead_groups", "cause_marks"), ("provider",)),
    "cause_notes": ("provider", "fingerprint"),
    **dict.fromkeys(("job", "job_results"), ("job",)),
}
KEPT = {"gate": ("answer", "paused"), "job": ("why", "wt", "fl")}
"""The fields with texts, where not all of them have some."""


def _texts(shard: Store, name: str, part: str, person: Person) -> Iterator[Write]:
    """What is to be written in one key."""
    named = PARTS.get(name, ())
    key = shard.keys.key(name, **dict(zip(named, part.split(" "), strict=True)) if named else {})
    with shard.errors():
        if name in ("cause_notes", "gate_news", "job_results"):
            said = [("", one) for one in shard.client.lrange(key, 0, -1)]
        else:
            said = [(text(field), one) for field, one in shard.client.hgetall(key).items()]
    for field, one in said:
        if field in KEPT.get(name, (field,)) and (masked := _masked(name, text(one), person)) != text(one):
            yield partial(shard.run, "blank", name, part, field, one, masked)


def _masked(name: str, said: str, person: Person) -> str:
    """A result of a job begins with an id and a word, which stay."""
    before = " ".join(said.split(" ", 2)[:2]) if name == "job_results" else ""
    return before + person.masked(said[len(before) :])


def _audit(shard: Store, person: Person) -> Iterator[Write]:
    with shard.errors():
        entries = shard.client.xrange(shard.keys.key("audit"))
    changes: list[object] = []
    for one, entry in entries:
        what, why = text(entry[b"what"]), text(entry[b"why"])
        masked = person.masked(what), person.masked(why)
        changes += [one, *masked] if masked != (what, why) else []
    if changes:
        yield partial(shard.run, "blank_audit", *changes)


def _receipts(first: Store, person: Person) -> Iterator[Write]:
    """Results where Celery looks for them: a day old at most."""
    with first.errors():
        keys = list(first.client.scan_iter(RECEIPTS, count=SCANNED))
    for start in range(0, len(keys), SCANNED):
        page = keys[start : start + SCANNED]
        with first.errors():
            found = first.client.mget(page)
        for key, kept in zip(page, found, strict=True):
            said = (kept or b"").decode(errors="replace")
            if kept and (masked := person.masked(said)) != said:
                yield partial(first.client.set, key, masked, keepttl=True, xx=True)

"""Erasing a customer as a job: orders and refusals that name them, then what was said of them elsewhere, and last the
append-only files. Whoever asks gives the hash of an e-mail; the e-mail itself is nowhere in the job."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any, NamedTuple

from schemas.bulk_job import BulkJob
from worker.jobs.work import FoundItem, JobTools, JobWork
from worker.ledger.job_lists import JobPage, JobResult, job_number
from worker.ledger.person import Person
from worker.ledger.queries.erasure import Erased, Erasure, FoundNames
from worker.ledger.queries.spoken import Spoken
from worker.ledger.rewriting import Rewritten, rewrite_file
from worker.ledger.store.client import Store
from worker.ledger.store.shards import Shards

AT_ONCE = 50
TALLY = re.compile(r"(\d+) events?, (\d+) deliver(?:y|ies), (\d+) bytes")


class EraseItem(NamedTuple):
    """One thing to do: ``sort`` is order, refusal, texts or file, ``key`` an order's digest, a refusal's number in its
    shard or a shard's number; ``name`` is for people."""

    name: str
    sort: str
    key: str
    events: int = 0
    deliveries: int = 0

    def __str__(self) -> str:
        return " ".join([re.sub(r"\s", "_", self.name), *map(str, self[1:])])

    @classmethod
    def read(cls, item: str) -> EraseItem:
        """The item of this text."""
        name, sort, key, events, deliveries = item.split(" ")
        return cls(name, sort, key, int(events), int(deliveries))


class EraseJob(JobWork):
    """One customer, found by the hash of an e-mail."""

    def __init__(self, tools: JobTools) -> None:
        super().__init__(tools)
        self.shards = Shards(tools.store)
        self.erasure, self.spoken = Erasure(tools.store), Spoken(tools.store)

    def found(self, meant: dict[str, Any]) -> Iterator[FoundItem | None]:
        """Files first, which are written anew last of all, when the last shard is done; and texts last, for what is to
        be masked in them is told by orders that are not blank yet."""
        person = self._person(meant)
        orders: list[FoundNames] = []
        for one in self.erasure.orders(person):
            if one is None:
                yield None
            else:
                orders.append(one)
        refused = list(self.erasure.refused(person, (one.key for one in orders)))
        if not (orders or refused or self.spoken.names(person)):
            return
        for shard in self.shards:
            yield FoundItem(self.shards.all[-1], str(EraseItem(f"file{shard.number}", "file", str(shard.number))))
        for sort, some in (("refusal", refused), ("order", orders)):
            for shard, name, key, events, deliveries in some:
                yield FoundItem(shard, str(EraseItem(name, sort, key, events, deliveries)))
        yield FoundItem(self.shards.first, str(EraseItem("texts", "texts", "0")))

    def page(self, job: BulkJob, shard: Store, most: int) -> JobPage:
        texts = self.lists.next(job.id, shard, min(most, AT_ONCE))
        items = list(map(EraseItem.read, texts))
        results = (self._each(job, shard, item) for item in items)
        done = [(text, result) for text, result in zip(texts, takewhile(bool, results), strict=False) if result]
        return self.lists.finish(job.id, shard, done)

    def _each(self, job: BulkJob, shard: Store, item: EraseItem) -> JobResult | None:
        """What came of one; ``None`` where it is to be tried again."""
        if item.sort == "file":
            return _of_file(rewrite_file(self.shards.all[int(item.key)], job_number(job.id)))
        if item.sort == "refusal":
            return _of(self.erasure.blank_refusal(shard, int(item.key)))
        if item.sort == "texts":
            return self._texts(job)
        person = self._person(job.wanted)
        self.erasure.learn(person, shard, item.key)
        if not self._have_ended(shard, item.key):
            return None
        return _of(self.erasure.blank_order(shard, item.key, person))

    def _texts(self, job: BulkJob) -> JobResult | None:
        """What people and vendors have said elsewhere, once nothing more is said of these orders."""
        person, have_ended = self._person(job.wanted), True
        for shard, item in self._orders(job):
            self.erasure.learn(person, shard, item.key)
            have_ended = self._have_ended(shard, item.key) and have_ended
        return JobResult("erased", f"{self.spoken.mask(person)} other texts") if have_ended else None

    def _orders(self, job: BulkJob) -> Iterator[tuple[Store, EraseItem]]:
        for shard in self.shards:
            for text in self.lists.next(job.id, shard, 0):
                if (item := EraseItem.read(text)).sort == "order":
                    yield shard, item

    def _have_ended(self, shard: Store, order: str) -> bool:
        have_ended, calls = self.erasure.end_all(shard, order)
        self.tools.call(calls)
        return have_ended

    def _person(self, meant: dict[str, Any]) -> Person:
        return self.erasure.person(bytes.fromhex(meant["customer"]))


def tally_of(message: str) -> Erased:
    """What the message of a result says was erased."""
    found = TALLY.fullmatch(message)
    return Erased(*map(int, found.groups())) if found else Erased()


def _of(erased: Erased) -> JobResult:
    events = "1 event" if erased.events == 1 else f"{erased.events} events"
    deliveries = "1 delivery" if erased.deliveries == 1 else f"{erased.deliveries} deliveries"
    return JobResult("erased", f"{events}, {deliveries}, {erased.bytes} bytes")


def _of_file(came: Rewritten | None) -> JobResult | None:
    if came is None:
        return None
    return JobResult("rewritten" if came in (Rewritten.DONE, Rewritten.NO_FILE) else "not_rewritten", came.value)

"""Backfill as a job: the newest snapshot of each order to a provider that has no delivery of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from schemas.bulk_job import BulkJob
from schemas.delivery import delivery_id
from worker.jobs.work import FoundItem, JobWork
from worker.ledger.accept_step import known_link
from worker.ledger.job_lists import JobPage, job_number
from worker.ledger.provider_rows import Row, Table, read_table
from worker.ledger.queries.newest import NewestSnapshot, newest_since, read_newest
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import event_identity
from worker.ledger.store.shards import runner_address

SHARE = 2
"""A backfill fills one half of the room that there is for open deliveries: the other is left to what comes in."""
NO_ROOM_S = 5.0
PAGES_A_SECOND = 10
"""Where it has a pace it adds a few at a time: a second's worth at once would take all places at the provider."""


class BackfillJob(JobWork):
    """Orders whose newest snapshot a provider has no delivery of, each given one, in its own place in its lane and
    behind live traffic."""

    def found(self, meant: dict[str, Any]) -> Iterator[FoundItem]:
        provider, since_ms = meant["provider"], meant.get("since_ms")
        source, number = meant.get("source"), meant.get("order")
        for shard in self.lists.shards:
            row = read_table(shard).row(provider)
            for one in newest_since(shard, provider, since_ms, source=source, number=number):
                self.beside["orders"] += 1
                if word := _why_not(one, row):
                    self.beside[word] += 1
                elif one.event:
                    yield FoundItem(shard, f"{delivery_id(provider, one.event.source, one.event.id)} {one.order}")

    def page(self, job: BulkJob, shard: Store, most: int) -> JobPage:
        if job.rate_per_second:
            most = max(1, min(most, int(job.rate_per_second / PAGES_A_SECOND)))
        items = self.lists.next(job.id, shard, most)
        table, provider = read_table(shard), job.wanted["provider"]
        row = table.row(provider)
        orders = [item.partition(" ")[2] for item in items]
        newest = {one.order: one for one in read_newest(shard, orders, provider)}
        each = [_arguments(item, newest.get(order), row) for item, order in zip(items, orders, strict=True)]
        return self._add(job, shard, table, provider, each)

    def _add(
        self, job: BulkJob, shard: Store, table: Table, provider: str, each: Sequence[tuple[object, ...]]
    ) -> JobPage:
        """What could not be added now stays the next to be done: there is no room, or something has changed since it
        was read."""
        row = table.row(provider)
        most_open = max(1, self.tools.max_pending // len(self.lists.shards) // SHARE)
        head = (
            job_number(job.id),
            self.lists.attempt(job.id),
            table.version,
            provider,
            row.limit if row else 0,
            most_open,
        )
        left, touched, calls, why = shard.run("job_backfill", *head, *(part for one in each for part in one))
        self.tools.call([runner_address(provider, shard.number)] * int(calls))
        return JobPage(int(touched), int(left), rest_s=NO_ROOM_S if text(why) not in ("", "table") else 0)


def _why_not(one: NewestSnapshot, row: Row | None) -> str:
    """Why an order gets none, in a word; empty where it does."""
    if one.event is None:
        return "not_kept"
    if one.is_there:
        return "already_there"
    return "" if row and row.wants(one.event) else "not_wanted"


def _arguments(item: str, one: NewestSnapshot | None, row: Row | None) -> tuple[object, ...]:
    """What the step job_backfill reads of each."""
    word = _why_not(one, row) if one else "not_kept"
    if word or one is None or one.event is None or row is None:
        return (item, word, "", "", item.partition(" ")[0], "", "", "")
    named = delivery_id(row.name, one.event.source, one.event.id)
    return (
        item,
        "",
        one.order,
        one.seq,
        named,
        event_identity(one.event),
        1 << row.ordinal,
        known_link(row, one.event),
    )

"""Replay and discard as jobs: deliveries by a filter, a page of them in one step of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from schemas.bulk_job import BulkJob
from schemas.delivery import State, order_digest
from schemas.event import SNAPSHOTS, EventType
from worker.jobs.work import FoundItem, JobWork
from worker.ledger.job_lists import JobItem, JobPage
from worker.ledger.queries.deliveries import Deliveries, Filter, LocatedDelivery
from worker.ledger.store.client import Store


class UndoJob(JobWork):
    """Deliveries that match, each put back into its lane, or given up."""

    def found(self, meant: dict[str, Any]) -> Iterator[FoundItem]:
        return found_deliveries(self.tools.store, meant)

    def page(self, job: BulkJob, shard: Store, most: int) -> JobPage:
        page = self.lists.work(job.id, shard, most)
        self.tools.call(page.calls)
        return page


def found_deliveries(store: Store, meant: dict[str, Any]) -> Iterator[FoundItem]:
    """Deliveries by their ids, or all that agree with a filter, newest first."""
    if "ids" in meant:
        yield from _named(store, meant["ids"])
        return
    limit, state = meant.pop("limit", None), meant.pop("state", None)
    wanted = Filter(**meant, state=State(state) if state else None)
    for one in islice(Deliveries(store).located(wanted), limit):
        yield FoundItem(one.shard, str(_item(one)))


def _named(store: Store, ids: list[str]) -> Iterator[FoundItem]:
    """The last named first: what is found last is done first."""
    for one, found in zip(reversed(ids), reversed(Deliveries(store).find(ids)), strict=True):
        if found is None:
            continue
        event, place = found.event, found.place
        order = order_digest(event.source, event.subject)
        item = JobItem(one, place.seq, "s" if event.is_snapshot else "a", order, place.provider)
        yield FoundItem(store.shards[found.shard], str(item))


def _item(one: LocatedDelivery) -> JobItem:
    delivery = one.delivery
    kind = "s" if EventType(delivery.event_type) in SNAPSHOTS else "a"
    return JobItem(delivery.id, one.place.seq, kind, order_digest(delivery.source, delivery.order), delivery.provider)

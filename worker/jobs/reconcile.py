"""Reconciliation as a job: each order that was sent is asked of its vendor, and where that is wanted sent again."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from schemas.bulk_job import BulkJob, JobKind
from schemas.delivery import delivery_id, order_digest
from schemas.event import EventType
from schemas.healing import UNHEALED, digest_of
from worker.jobs.comparing import Compared, Comparing
from worker.jobs.work import FoundItem, JobTools, JobWork
from worker.ledger.gates import closed_for_ms
from worker.ledger.healing import send_again
from worker.ledger.job_lists import JobPage, JobResult, job_number
from worker.ledger.jobs import Jobs
from worker.ledger.links import read_links
from worker.ledger.provider_rows import read_table
from worker.ledger.queries.events import read_event
from worker.ledger.queries.finding import orders_named
from worker.ledger.queries.newest import NewestSnapshot, actions_after, newest_since, read_newest
from worker.ledger.store.client import Store
from worker.providers.base import HeldName, Provider, Read

LISTS = "orders"
"""The item that stands for the vendor's own list, with where to go on in it behind a blank."""
ENDS = frozenset({EventType.CANCELLED, EventType.DELETED, EventType.REFUNDED})
"""Behind one of these a snapshot does not tell any more how the order stands."""
REST_MOST_S, BEHIND_S = 30.0, 2.0


class ReconcileJob(JobWork):
    """Orders that were delivered to a provider, one after the other: what its vendor says of each. Last its list, for
    those that are none of ours."""

    def __init__(self, tools: JobTools) -> None:
        super().__init__(tools)
        self.linked: frozenset[str] = frozenset()

    def found(self, meant: dict[str, Any]) -> Iterator[FoundItem]:
        if meant.get("lists"):
            yield FoundItem(self.lists.shards.first, LISTS)
        sample = meant.get("sample")
        yield from self._orders(meant) if sample is None else _sampled(self._orders(meant), sample)

    def page(self, job: BulkJob, shard: Store, most: int) -> JobPage:
        """One at a time, since each is a conversation; none while the gate is closed, or an older job asks the same
        provider, or only other workers know how to ask it."""
        del most
        meant = self.lists.meant(job.id)
        name = meant["provider"]
        items = self.lists.next(job.id, shard, 1)
        if items and (closed_ms := closed_for_ms(shard, name)):
            return JobPage(0, len(items), rest_s=min(REST_MOST_S, closed_ms / 1000))
        if items and self._is_behind(job, name):
            return JobPage(0, len(items), rest_s=BEHIND_S)
        provider = self.tools.providers().get(name)
        if provider is None:
            row = read_table(shard).row(name)
            if items and row and not row.gone:
                return JobPage(0, len(items), rest_s=BEHIND_S)
            told = JobResult("cannot_tell", "The provider was removed.")
            return self.lists.finish(job.id, shard, [(item, told) for item in items])
        for item in items:
            first, _, rest = item.partition(" ")
            if first == LISTS:
                return self._listed(job, shard, provider, item, meant)
            return self.lists.finish(job.id, shard, [(item, self._order(shard, provider, rest, heals=job.forced))])
        return self.lists.finish(job.id, shard, [])

    def _is_behind(self, job: BulkJob, name: str) -> bool:
        """Whether a job that was asked for before this one asks the same provider."""
        older = (one for one in Jobs(self.tools.store).running() if job_number(one.id) < job_number(job.id))
        return any(one.kind is JobKind.RECONCILE and one.wanted.get("provider") == name for one in older)

    def _orders(self, meant: Mapping[str, Any]) -> Iterator[FoundItem]:
        name = meant["provider"]
        for shard in self.lists.shards:
            for one in newest_since(shard, name, meant.get("since_ms"), source=meant.get("source")):
                if one.was_delivered and one.event:
                    yield FoundItem(shard, f"{delivery_id(name, one.event.source, one.event.id)} {one.order}")

    def _order(self, shard: Store, provider: Provider, order: str, *, heals: bool) -> JobResult:
        name = provider.config.name
        newest = read_newest(shard, [order], name)
        kept = read_event(shard, newest[0].seq) if newest else None
        if not newest or kept is None:
            return JobResult("cannot_tell", "Its newest snapshot is not kept any more.")
        if kept.is_erased:
            return JobResult("cannot_tell", "Its customer was erased: what it said is gone, and cannot be compared.")
        [one], event = newest, kept.edits.get(name, kept.event)
        if one.is_there and not one.is_delivered:
            return JobResult("cannot_tell", "Its newest snapshot has not been delivered there.")
        [(link, _)] = read_links(shard, [(name, order)])
        seen = Comparing(provider, self.tools.driver()).compared(event, link)
        if seen.word not in ("missing", "different"):
            return JobResult(seen.word, seen.message)
        actions = actions_after(shard, name, one)
        if ended := {kind: done for kind, done in actions.items() if kind in ENDS}:
            return _after_its_end(seen, ended)
        if not heals or seen.stays:
            return JobResult(seen.word, seen.message)
        if link is not None and link.notes.get(UNHEALED) == digest_of(seen.message):
            return JobResult(seen.word, f"{seen.message} {_UNHEALED}")
        return self._healed(shard, name, one, seen)

    def _healed(self, shard: Store, name: str, one: NewestSnapshot, seen: Compared) -> JobResult:
        """By its own lane, as any replay."""
        row = read_table(shard).row(name)
        if row is None or row.gone or one.event is None:
            return JobResult(seen.word, f"{seen.message} Not sent again: the provider was removed.")
        is_gone = seen.word == "missing"
        healing = send_again(shard, row, one.order, one.seq, one.event, asked=seen.asked, is_gone=is_gone)
        if healing.refused:
            return JobResult(seen.word, f"{seen.message} Not sent again: {healing.refused}.")
        self.tools.call(healing.calls)
        return JobResult("sent_again", f"It was {seen.word}. {seen.message}".strip())

    def _listed(self, job: BulkJob, shard: Store, provider: Provider, item: str, meant: Mapping[str, Any]) -> JobPage:
        """One page of the vendor's list."""
        more = item.partition(" ")[2]
        since = datetime.fromtimestamp(meant["since_ms"] / 1000, UTC)
        filters = provider.listing_since(since) or {}
        read = self.tools.driver().read(provider, provider.questions["orders"].ask("", filters, more or None))
        if not isinstance(read, Read):
            return self.lists.finish(
                job.id, shard, [(item, JobResult("unanswered", read.message or read.reason.value))]
            )
        names = [name for row in read.tree if (name := provider.held_name(row))]
        strange = [name for name in names if not self._is_ours(provider, name, meant)]
        also = [(name.id, JobResult("extra", _extra(name))) for name in strange]
        goes_on = f"{LISTS} {read.more}" if read.more is not None and read.more != more else ""
        listed = JobResult("listed", f"{len(names)} orders of the vendor's list.")
        return self.lists.finish(job.id, shard, [(item, listed)], also=also, then=goes_on)

    def _linked(self, meant: Mapping[str, Any]) -> frozenset[str]:
        """The vendor's ids of our orders that were delivered there."""
        name, known = meant["provider"], frozenset[str]()
        for shard in self.lists.shards:
            orders = [
                (name, one.order) for one in newest_since(shard, name, meant.get("since_ms")) if one.was_delivered
            ]
            known |= {link.order_id for link, _ in read_links(shard, orders) if link and link.order_id}
        return known

    def _is_ours(self, provider: Provider, name: HeldName, meant: Mapping[str, Any]) -> bool:
        if name.ours is None and not name.is_whole:
            read = self.tools.driver().read(provider, provider.questions["order"].ask(name.id, {}, None))
            name = (isinstance(read, Read) and provider.held_name(read.tree)) or name
        if name.ours is None:
            self.linked = self.linked or self._linked(meant)
            return name.id in self.linked
        source, number = name.ours
        return bool(orders_named(self.lists.shards.of(order_digest(source, number)), number, source))


_UNHEALED = "Cannot be healed: it was sent again for this, and the vendor still holds it so. Correct it there by hand."


def _sampled(found: Iterator[FoundItem], many: int) -> list[FoundItem]:
    """So many of them, each as likely as any other."""
    kept: list[FoundItem] = []
    for number, one in enumerate(found):
        if len(kept) < many:
            kept.append(one)
        elif (place := random.randrange(number + 1)) < many:  # noqa: S311  a sample, not a secret
            kept[place] = one
    return kept


def _after_its_end(seen: Compared, ended: Mapping[EventType, bool]) -> JobResult:
    """What a vendor does not hold as the snapshot says, after an action that ends the order."""
    named = ", ".join(sorted(kind.value for kind in ended))
    if seen.word == "missing" and ended.get(EventType.DELETED):
        return JobResult("same", "It was deleted there, as it was to be.")
    if seen.word == "missing":
        return JobResult("missing", f"{seen.message} Not sent again: {named} came in since.")
    return JobResult("cannot_tell", f"Since its newest snapshot {named} came in. {seen.message}")


def _extra(name: HeldName) -> str:
    if name.ours is None:
        return "The vendor holds it, and it carries no mark of ours."
    source, number = name.ours
    return f"The vendor holds it as {source} {number}, and no such order is known here."

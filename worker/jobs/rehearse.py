"""Rehearsal as a job: what would become of each delivery by a filter. Nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from schemas.bulk_job import BulkJob
from worker.jobs.rehearsing import NoAccount, Rehearser
from worker.jobs.undo import found_deliveries
from worker.jobs.work import FoundItem, OneByOne
from worker.ledger.job_lists import JobResult
from worker.ledger.store.client import Store


class RehearseJob(OneByOne):
    """Deliveries that match, each rehearsed by itself."""

    @cached_property
    def rehearser(self) -> Rehearser:
        return Rehearser(self.tools.store, self.tools.providers())

    def found(self, meant: dict[str, Any]) -> Iterator[FoundItem]:
        return found_deliveries(self.tools.store, meant)

    def each(self, job: BulkJob, shard: Store, item: str) -> JobResult:  # noqa: ARG002  as OneByOne has it
        try:
            told = self.rehearser.of(item.partition(" ")[0])
        except NoAccount as error:
            return JobResult("refused", str(error))
        return JobResult("not_found") if told is None else JobResult(told.result.value, told.summary)

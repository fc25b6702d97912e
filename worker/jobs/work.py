"""What a kind of job is: what it finds before anything is done, and what it does with a page of that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from schemas.bulk_job import BulkJob
from worker.ledger.job_lists import JobLists, JobPage, JobResult
from worker.ledger.store.client import Store
from worker.providers.base import Provider

if TYPE_CHECKING:
    from worker.providers.http import Driver  # brings requests along, which most commands do not need

Call = Callable[[Iterable[str]], object]


@dataclass(frozen=True, slots=True)
class JobTools:
    """What jobs are done with. ``call`` is told where runners are wanted, ``providers`` gives the accounts as they are
    configured at present, ``driver`` gives what speaks to them: both are asked for by the kinds that need them.
    ``max_pending`` is how many deliveries may be open in the whole ledger (setting ``limits.max_pending``)."""

    store: Store
    call: Call
    providers: Callable[[], Mapping[str, Provider]]
    driver: Callable[[], Driver]
    max_pending: int = 1_000_000


class FoundItem(NamedTuple):
    """One thing that a job is to touch: where it is, and its text, of which the first word is its id for people."""

    shard: Store
    item: str


class JobWork(ABC):
    """One kind of job. ``beside`` counts by word what ``found`` has seen so far and is not to be touched."""

    def __init__(self, tools: JobTools) -> None:
        self.tools = tools
        self.lists = JobLists(tools.store)
        self.beside: Counter[str] = Counter()

    @abstractmethod
    def found(self, meant: dict[str, Any]) -> Iterator[FoundItem | None]:
        """All that agrees with what the job was given, the newest first: the oldest is done first. ``None`` says that
        it is still looking, where that takes long."""

    @abstractmethod
    def page(self, job: BulkJob, shard: Store, most: int) -> JobPage:
        """Do the next of what is left in a shard. It may be repeated where nobody knows whether it was done. One that
        could touch nothing yet is asked for again in a second."""


class OneByOne(JobWork):
    """A kind whose items are done one after the other, by more than a step of the ledger.

    Where a worker is killed between doing some and saying so, these are done once more: ``each`` has to be harmless to
    repeat.
    """

    AT_ONCE = 10

    @abstractmethod
    def each(self, job: BulkJob, shard: Store, item: str) -> JobResult:
        """What came of one."""

    def page(self, job: BulkJob, shard: Store, most: int) -> JobPage:
        items = self.lists.next(job.id, shard, min(most, self.AT_ONCE))
        return self.lists.finish(job.id, shard, [(item, self.each(job, shard, item)) for item in items])

"""An account with a reconciliation on a schedule, and workers that look whether it is due."""

from __future__ import annotations

from msgspec.structs import replace

from schemas.bulk_job import BulkJob, JobState
from schemas.config import ReconcileConfig
from tests.conformance.orders import created
from tests.fakes.reconciled import Reconciled
from tests.fakes.wire import ShortMemory
from worker.jobs.scheduling import LOOK_S, Scheduling
from worker.ledger.jobs import Jobs
from worker.ledger.provider_table import apply_table
from worker.ledger.store.client import Store
from worker.providers import make_provider
from worker.providers.base import Provider

DAILY = ReconcileConfig(every_h=24, sample=50)
DAY_S = 86_400
THREE = [created(number=str(1001 + n)) for n in range(3)]
"""What was sent and delivered before."""


class Worker:
    """Looks by a clock that is set by hand; ``look`` is the next look that it makes."""

    def __init__(self, store: Store, provider: Provider) -> None:
        self.now_s = 0.0
        self.scheduling = Scheduling(store, lambda: {provider.config.name: provider}, lambda: self.now_s)

    def look(self) -> None:
        self.now_s += LOOK_S
        self.scheduling.look()


class Scheduled:
    """The vendor, the ledger, and ``worker``s that have the settings which were applied last."""

    def __init__(self, there: Reconciled, schedule: ReconcileConfig = DAILY) -> None:
        self.there = there
        self.store = there.ledger.store
        self.jobs = Jobs(self.store)
        self.apply(schedule)

    def apply(self, schedule: ReconcileConfig) -> None:
        """Make this the schedule, at the ledger and in what workers have."""
        self.provider = self.with_schedule(schedule)
        self.there.ledger.configs[self.there.kind] = self.provider.config
        apply_table(self.store, self.there.ledger.configs, str(schedule))

    def with_schedule(self, schedule: ReconcileConfig) -> Provider:
        return make_provider(replace(self.there.account.provider.config, reconcile=schedule), ShortMemory())

    def worker(self, provider: Provider | None = None, store: Store | None = None) -> Worker:
        return Worker(store or self.store, provider or self.provider)

    def begun(self) -> list[str]:
        """All jobs, the oldest first."""
        return [job.id for job in reversed(self.jobs.listed())]

    def worked(self, job_id: str) -> BulkJob:
        """What comes of a job once workers have worked at it: counted in one call, executed in the next."""
        self.there.executor().execute(job_id)
        done = self.there.executor().execute(job_id)
        assert done.state is JobState.DONE, done
        return done

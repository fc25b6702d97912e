"""What people ask of a reconciliation: whether a vendor holds the orders that it was sent."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.bulk_job import JobKind
from schemas.principal import Principal
from worker.jobs.pace import gentle_per_s
from worker.ops.desk.advice import Advice, BadRequest
from worker.ops.desk.backfill import check_present
from worker.ops.desk.jobs import JobDesk, JobRequest
from worker.ops.desk.query import DeliveryQuery
from worker.providers.base import Provider


@dataclass(frozen=True, slots=True)
class Reconciling:
    """The orders that were delivered to a provider and of which an event was accepted since ``asked`` says; of these
    ``sample`` at random, where that is given. With ``heals``, what is missing or different there is sent again.

    Raises ``BadRequest`` where it has no time to begin with, or is to heal and has no reason.
    """

    provider: str
    asked: DeliveryQuery
    by: Principal
    why: str = ""
    sample: int | None = None
    heals: bool = False
    dry_run: bool = False
    rate_per_second: float | None = None

    def __post_init__(self) -> None:
        if self.asked.since is None:
            raise BadRequest("Say since when: orders are compared that were heard of since then.", field="since")
        if self.heals and not self.dry_run and not self.why.strip():
            raise BadRequest("Say why: what is sent again goes on record.", Advice.SAY_WHY, field="why", deed="healing")

    def request(self, jobs: JobDesk) -> JobRequest:
        """The job that does it. Raises ``BadRequest`` for a provider that is not in the ledger's table, was removed
        from it, is not configured here, or whose vendor cannot be asked for an order; and ``StoreUnreachable``."""
        provider = account_of(jobs, self.provider)
        since_ms, _ = self.asked.bounds_ms(jobs.store.now_ms())
        lists = since_ms is not None and self.sample is None and _lists(provider)
        meant = {"since_ms": since_ms, "source": self.asked.source, "sample": self.sample, "lists": lists}
        wanted = dict(word.partition("=")[::2] for word in self.asked.words())
        wanted |= {"sample": str(self.sample)} if self.sample is not None else {}
        return JobRequest(
            JobKind.RECONCILE,
            {"provider": self.provider, **wanted, **({"heal": "yes"} if self.heals else {})},
            {"provider": self.provider, **{name: value for name, value in meant.items() if value is not None}},
            by=self.by,
            why=self.why,
            forced=self.heals,
            rate_per_second=gentle_per_s(provider, self.rate_per_second),
            dry_run=self.dry_run,
        )


def account_of(jobs: JobDesk, name: str) -> Provider:
    """The account whose vendor is asked. Raises as ``Reconciling.request`` does."""
    check_present(jobs.store, name)
    provider = jobs.tools.providers().get(name)
    if provider is None:
        message = f"Provider {name!r} is not in this configuration: it tells how its vendor is asked."
        raise BadRequest(message, field="provider", name=name)
    if "order" not in provider.questions:
        message = f"A {provider.kind} account cannot be asked for its orders: there is nothing to compare with."
        raise BadRequest(message, field="provider", name=name)
    return provider


def _lists(provider: Provider) -> bool:
    """Of all sources: what is none of ours is told by their list."""
    return "orders" in provider.questions

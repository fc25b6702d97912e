"""What people ask of a backfill: which provider is to get the newest snapshots that it has no delivery of."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.bulk_job import JobKind
from schemas.principal import Principal
from worker.ledger.provider_rows import read_table
from worker.ledger.store.client import Store
from worker.ops.desk.advice import Advice, BadRequest
from worker.ops.desk.jobs import JobRequest
from worker.ops.desk.query import DeliveryQuery

PACE_PER_S = 50.0
"""How many orders a second, where nothing else is said: more at once would take the places of what comes in."""


@dataclass(frozen=True, slots=True)
class Backfilling:
    """The newest snapshots of orders that ``asked`` names by source, order and time, to one provider.

    Raises ``BadRequest`` where it has no reason.
    """

    provider: str
    asked: DeliveryQuery
    by: Principal
    why: str = ""
    dry_run: bool = False
    rate_per_second: float | None = None

    def __post_init__(self) -> None:
        if not self.dry_run and not self.why.strip():
            raise BadRequest("Say why: a backfill goes on record.", Advice.SAY_WHY, field="why", deed="backfill")

    def request(self, store: Store) -> JobRequest:
        """The job that does it. Raises ``BadRequest`` for a provider that is not in the ledger's table, or was removed
        from it, and ``StoreUnreachable``."""
        check_present(store, self.provider)
        since_ms, _ = self.asked.bounds_ms(store.now_ms())
        named = {"source": self.asked.source, "order": self.asked.order}
        return JobRequest(
            JobKind.BACKFILL,
            {"provider": self.provider, **dict(word.partition("=")[::2] for word in self.asked.words())},
            {name: value for name, value in (named | {"since_ms": since_ms}).items() if value is not None}
            | {"provider": self.provider},
            by=self.by,
            why=self.why,
            rate_per_second=self.rate_per_second or PACE_PER_S,
            dry_run=self.dry_run,
        )


def check_present(store: Store, provider: str) -> None:
    """Raises ``BadRequest`` for a provider that is not in the ledger's table, or was removed from it."""
    rows = {row.name: row for row in read_table(store).rows}
    known = [name for name, row in rows.items() if not row.gone]
    if provider in known:
        return
    if provider in rows:
        message = f"Provider {provider!r} was removed: nothing is sent there. Put it back into the configuration first."
        raise BadRequest(message, field="provider", name=provider)
    message = f"There is no provider {provider!r} in the ledger; there is {', '.join(known) or 'none'}."
    raise BadRequest(message, field="provider", name=provider)

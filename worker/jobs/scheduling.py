"""Reconciliations on a schedule: whichever worker sees first that one is due begins it, for all.

When each was begun last is in the ledger. A worker begins one only where its configuration of the provider is the one
in the provider table: one with an older file begins none by its older schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from schemas.config import ReconcileConfig
from worker.clock import Clock, uptime_s
from worker.errors import StoreFull, StoreUnreachable
from worker.jobs.pace import gentle_per_s
from worker.ledger.gates import closed_by
from worker.ledger.jobs import Jobs, Scheduled
from worker.ledger.provider_rows import Table, read_table
from worker.ledger.store.client import Store
from worker.log import get as get_logger
from worker.providers.base import Provider
from worker.settings import provider_digest

LOOK_S = 10.0
HOUR_MS, DAY_MS = 3_600_000, 86_400_000

log = get_logger("ordercast.jobs")


class Scheduling:
    """Looks now and then whether a reconciliation is due. Raises ``StoreUnreachable`` for the first shard."""

    def __init__(self, store: Store, providers: Callable[[], Mapping[str, Provider]], clock: Clock = uptime_s) -> None:
        self.store = store
        self.providers = providers
        self.clock = clock
        self.jobs = Jobs(store)
        self._looked_s = -LOOK_S

    def look(self) -> None:
        """Begin what is due, if the last look was a while ago."""
        now_s, wanted = self.clock(), [one for one in self.providers().values() if one.config.reconcile]
        if not wanted or now_s - self._looked_s < LOOK_S:
            return
        self._looked_s = now_s
        table = read_table(self.store)
        for provider in wanted:
            if _is_as_applied(provider, table):
                self._begin(provider)

    def _begin(self, provider: Provider) -> None:
        name, schedule = provider.config.name, provider.config.reconcile
        if not schedule:
            return
        try:
            came = self._asked(provider, schedule)
        except StoreFull:  # the board says so; it stays due
            return
        if came.job:
            log.info("reconcile.begun", provider=name, job=came.job)
        elif came.is_news:
            log.info("reconcile.waits", provider=name, why=came.waits)

    def _asked(self, provider: Provider, schedule: ReconcileConfig) -> Scheduled:
        name = provider.config.name
        wanted = {"provider": name, "since": f"{schedule.since_days}d", "sample": str(schedule.sample)}
        meant: dict[str, Any] = {
            "provider": name,
            "since_ms": self.store.now_ms() - schedule.since_days * DAY_MS,
            "sample": schedule.sample,
        }
        return self.jobs.schedule(
            round(schedule.every_h * HOUR_MS),
            wanted | ({"heal": "yes"} if schedule.heal else {}),
            meant,
            why=f"scheduled: every {schedule.every_h:g} h",
            barred=self._barred(provider),
            forced=schedule.heal,
            rate_per_second=gentle_per_s(provider),
        )

    def _barred(self, provider: Provider) -> str:
        """Why nothing can be asked of it now, in a word; empty where it can."""
        if "order" not in provider.questions:
            return "not_asked"
        for shard in self.store.shards:
            try:
                if closed := closed_by(shard, provider.config.name):
                    return closed
            except StoreUnreachable:
                if shard.number == 0:
                    raise
                return "shard_away"
        return ""


def _is_as_applied(provider: Provider, table: Table) -> bool:
    row = table.row(provider.config.name)
    return row is not None and not row.gone and row.settings in ("", provider_digest(provider.config))

"""The first shard lends each provider's gate to all shards: places in flight and a share of the rate, under a lease.

A shard reports how its gate stands, the lender says what it may have, the shard takes that: two round trips, again and
again. Whoever is asked may be asked by any number of workers, and may be left without the second step: what a loan that
was never taken could have let through stays reserved until the shard is heard again, or nothing of it can be left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from worker.clock import Clock, uptime_s
from worker.ledger.store.client import Store, text
from worker.ledger.store.shards import hurried
from worker.policy.lending import GateReport, Quota, divide
from worker.policy.plan import Plan

LOAN_MS = 10_000
"""As in lib/loan.lua. It runs from when the shard was last heard, by the shard's own clock: no two clocks are ever
compared, and a loan that arrives late ends no later."""
TURN_MS = 2_000
ONLY_REPORT = ("", 0, 0, 0, 0, "")


@dataclass
class _Account:
    """What is known of one provider: how it stood here when it was last heard, and how in all shards."""

    plan: Plan
    heard: list[Any] = field(default_factory=list)
    heard_at_s: float = 0.0
    reports: dict[int, GateReport] = field(default_factory=dict)
    turn: int = 0

    @property
    def shards_at_once(self) -> int:
        """How many shards may have a quota: no conversation begins with less than one call of the burst."""
        return max(1, int(self.plan.burst)) if self.plan.calls_per_second else self.plan.max_in_flight

    @property
    def turn_ms(self) -> float:
        """Long enough for a burst to fill."""
        return TURN_MS + (1000 * self.plan.burst / self.plan.calls_per_second if self.plan.calls_per_second else 0)


class QuotaBorrower:
    """One shard's dealings with the lender, for all providers. Safe for any number of workers at once.

    Raises ``StoreUnreachable``: where the lender is away the loans run out, and the lanes wait.
    """

    def __init__(self, shard: Store, plans: Mapping[str, Plan], clock: Clock = uptime_s) -> None:
        self.shard = shard
        self.clock = clock
        self.lender = hurried(shard)[0]
        self.plans = plans
        self.accounts: list[_Account] = []

    def go_round(self) -> None:
        """Have what the lender gives, and hear how it stands here then. The first time only hear."""
        self._follow_plans()
        parts: list[tuple[object, ...]] = [ONLY_REPORT] * len(self.accounts)
        if all(account.heard for account in self.accounts):
            loans = self.lender.run_each("lend", [self._asked(account) for account in self.accounts])
            parts = [self._lent(account, loan) for account, loan in zip(self.accounts, loans, strict=True)]
        calls = [(*_rate(account.plan), *quota) for account, quota in zip(self.accounts, parts, strict=True)]
        for account, heard in zip(self.accounts, self.shard.run_each("borrow", calls), strict=True):
            account.heard, account.heard_at_s = heard, self.clock()

    def _follow_plans(self) -> None:
        """Providers come and go while a worker works."""
        known = {account.plan.provider: account for account in self.accounts}
        plans = [(known.get(plan.provider), plan) for plan in self.plans.values()]
        self.accounts = [one if one and one.plan == plan else _Account(plan) for one, plan in plans]

    def _asked(self, account: _Account) -> tuple[object, ...]:
        plan = account.plan
        _, number, places, share, in_flight, report = account.heard
        quota = self._quota(account, Quota(int(places), int(share)))
        wished = (plan.max_in_flight, round(plan.lease_s * 1000), quota.places, quota.one_of)
        age_ms = round((self.clock() - account.heard_at_s) * 1000)
        return (plan.provider, self.shard.number, *wished, number, places, share, in_flight, report, age_ms)

    def _lent(self, account: _Account, loan: list[Any]) -> tuple[object, ...]:
        """What the lender said, as this shard takes it; and the reports that came with it, for the next time."""
        clock, number, places, share, *told = loan
        account.turn = int(int(clock) / account.turn_ms)
        told_of = zip(told[::4], told[1::4], told[2::4], told[3::4], strict=True)
        account.reports = {int(one): _report(text(report), int(lent), int(ms)) for one, lent, ms, report in told_of}
        quota = self._quota(account, Quota())
        until_ms = int(account.heard[0]) + LOAN_MS
        return number, places, share, until_ms, quota.wait_ms, "1" if quota.opens else ""

    def _quota(self, account: _Account, otherwise: Quota) -> Quota:
        quotas = divide(account.reports, account.plan.max_in_flight, account.shards_at_once, account.turn)
        return quotas.get(self.shard.number, otherwise)


def _rate(plan: Plan) -> tuple[object, ...]:
    return plan.provider, plan.calls_per_second, plan.burst


def _report(report: str, lent: int, heard_ms: int) -> GateReport:
    ready, in_flight, *numbers = report.split(" ")
    limit, due_ms, closed_ms, ok_ms, wait_ms = (int(one) if one else None for one in numbers)
    return GateReport(int(ready), int(in_flight), limit, due_ms, closed_ms, ok_ms, wait_ms or 0, lent, heard_ms)

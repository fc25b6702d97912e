"""A ledger and an account of one kind at its simulated vendor, over real HTTP: orders are sent there, and compared."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

from schemas.bulk_job import BulkJob, JobKind, JobState
from schemas.event import Event
from schemas.principal import Face, Principal, Role
from tasks.attempt import Attempting
from tests.conformance.account import Account
from tests.conformance.orders import created
from tests.fakes.ledger import Ledger
from worker.jobs.executor import JobExecutor
from worker.jobs.work import JobTools
from worker.ledger.jobs import Jobs
from worker.ledger.provider_table import apply_table
from worker.policy.plan import plan_of
from worker.providers.http import Driver
from worker.sandbox import load_vendors
from worker.sandbox.server import Sandbox

THREE = [created(number=str(2001 + n)) for n in range(3)]

MIA = Principal("mia", Role.OPERATOR, Face.CLI)


class Reconciled:
    """One provider, named after its kind."""

    def __init__(self, url: str, kind: str, sandbox: Sandbox, driver: Driver) -> None:
        self.kind = kind
        self.account = Account(kind, sandbox, driver)
        self.ledger = Ledger(url, kind)
        config = self.account.provider.config
        self.ledger.configs[kind], self.ledger.plans[kind] = config, plan_of(config)
        apply_table(self.ledger.store, self.ledger.configs, "here")
        self.calls: list[str] = []

    def close(self) -> None:
        self.ledger.store.close()

    def send(self, *events: Event) -> None:
        """Accept and deliver."""
        self.ledger.accept(*events)
        self.work(len(events))

    def work(self, many: int) -> None:
        """So many attempts, each as a worker makes it."""
        for _ in range(many):
            claim = self.ledger.claim(self.kind)
            attempting = Attempting(
                claim,
                claim.event,
                self.account.provider,
                self.ledger.plans[self.kind],
                self.account.driver,
                guard=lambda _: True,
                owner=claim.event.source,
            )
            self.ledger.runner(self.kind).finish(claim, attempting.run(), last=True)

    def vendor_id(self, event: Event) -> str:
        [link] = {one.link.order_id for one in self.ledger.deliveries(order=event.subject) if one.link}
        assert link is not None
        return link

    def delete(self, event: Event) -> None:
        """Have the vendor's people delete its order."""
        vendor, held = self.account.sandbox.vendor(self.kind), self.vendor_id(event)
        match self.kind:
            case "orderdesk":
                vendor._store.delete(int(held))
            case "openbizbox":
                vendor.delete(int(held))
            case "shopscript":
                vendor._orders.by_id.pop(held)
                vendor._search._indexes.clear()

    def set_quantity(self, event: Event, pieces: int) -> None:
        """Have the vendor's people set the quantity of the first line of its order."""
        vendor, held = self.account.sandbox.vendor(self.kind), self.vendor_id(event)
        match self.kind:
            case "orderdesk":
                vendor._store.orders[int(held)]["order_items"][0]["quantity"] = pieces
            case "openbizbox":
                order = vendor._orders.by_id[int(held)]
                first, *rest = order.lines.products
                order.lines = replace(order.lines, products=(replace(first, quantity=Decimal(pieces)), *rest))
            case "shopscript":
                next(iter(vendor._orders.by_id[held]["items"].values()))["quantity"] = f"{pieces}.000"

    def asked(self, *, heals: bool = False, lists: bool = True, **meant: object) -> BulkJob:
        """A job that is counted and confirmed."""
        wanted = {"provider": self.kind, "since_ms": 0, "lists": lists, **meant}
        jobs = Jobs(self.ledger.store)
        job, _ = jobs.open(JobKind.RECONCILE, wanted, wanted, by=MIA, why="who knows", forced=heals)
        counted = self.executor().execute(job.id)
        assert counted.state is JobState.COUNTED, counted
        return jobs.confirm(job.id, counted.matched or 0, by=MIA)

    def tools(self) -> JobTools:
        account = self.account
        return JobTools(
            self.ledger.store, self.calls.extend, lambda: {self.kind: account.provider}, lambda: account.driver
        )

    def executor(self) -> JobExecutor:
        return JobExecutor(self.tools(), threading.Event())

    def reconciled(self, *, heals: bool = False, **meant: object) -> BulkJob:
        done = self.executor().execute(self.asked(heals=heals, **meant).id)
        assert done.state is JobState.DONE
        return done

    def told(self, job: BulkJob) -> dict[str, str]:
        """What was said of each that is not the same, by its word."""
        results = Jobs(self.ledger.store).lists.results(job.id)
        return {word: message for _, (word, message) in results if word not in ("same", "listed")}

    def keys(self) -> int:
        return len(self.account.orders())


@contextmanager
def three_orders(store_url: str) -> Iterator[Reconciled]:
    """``THREE`` at a simulated Order Desk."""
    driver = Driver()
    with Sandbox(load_vendors(per_second=1e6, burst=1_000_000)) as sandbox:
        made = Reconciled(store_url, "orderdesk", sandbox, driver)
        made.send(*THREE)
        yield made
        made.close()
    driver.close()

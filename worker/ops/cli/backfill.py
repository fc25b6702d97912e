"""``backfill``: the newest snapshots to a provider that is new, or was missing for a while."""

from __future__ import annotations

import click

from worker.ops.cli.carrying import CarriedJob, check_may_ask, with_job_options
from worker.ops.cli.filters import OPTIONS
from worker.ops.cli.output import Form
from worker.ops.cli.session import open_desk, principal, settings
from worker.ops.desk.backfill import Backfilling
from worker.ops.desk.query import DeliveryQuery, Moment


@click.command
@click.argument("provider")
@OPTIONS["since"]
@OPTIONS["source"]
@OPTIONS["order"]
@with_job_options
def backfill(  # noqa: PLR0917  click gives them by name
    provider: str,
    since: Moment | None,
    source: str | None,
    order: str | None,
    rate: float | None,
    why: str,
    yes: bool,
    dry_run: bool,
    form: Form,
) -> None:
    """Send PROVIDER the newest snapshot of each order that it has no delivery of.

    For a provider that is new, or was missing from the table for a while. Only kept events can be sent, and only those
    that its sources and events want. They go behind live traffic, each in its place among the events of its order. An
    order whose newest snapshot has a delivery there is left alone, whatever came of it. Without --rate: 50 a second.
    Safe to repeat. Ctrl-C cancels the rest.
    """
    asked = DeliveryQuery(since=since, source=source, order=order)
    backfilling = Backfilling(provider, asked, principal(), why, dry_run, rate)
    check_may_ask("backfill", is_told=yes or dry_run)
    desk = open_desk(settings())
    CarriedJob(desk, backfilling.request(desk.store)).see_through(form, yes=yes, dry_run=dry_run)

"""``reconcile``: what a vendor holds beside what it was sent."""

from __future__ import annotations

import click

from worker.ops.cli.carrying import CarriedJob, check_may_ask, with_job_options
from worker.ops.cli.filters import OPTIONS
from worker.ops.cli.output import Form
from worker.ops.cli.session import open_desk, principal, settings
from worker.ops.desk.query import DeliveryQuery, Moment
from worker.ops.desk.reconcile import Reconciling


@click.command
@click.argument("provider")
@OPTIONS["since"]
@OPTIONS["source"]
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="N of them at random, and no extra ones.")
@click.option("--heal", is_flag=True, help="Send again what is missing or different there. Needs --why.")
@with_job_options
def reconcile(  # noqa: PLR0917  click gives them by name
    provider: str,
    since: Moment | None,
    source: str | None,
    sample: int | None,
    heal: bool,
    rate: float | None,
    why: str,
    yes: bool,
    dry_run: bool,
    form: Form,
) -> None:
    """Ask the vendor of PROVIDER for each order that was delivered there, and tell what is missing or different.

    --since is needed: orders are asked for that had an event since then. The vendor's own list since then tells which
    orders are extra: none of ours. --heal sends missing and different ones again by normal delivery, in their place
    among the events of their order; a missing one is made anew. At most two orders a second, and half of the
    provider's rate; it rests while the provider is paused, held or tripped. Exit code 4 where not all is the same.
    """
    asked = DeliveryQuery(since=since, source=source)
    reconciling = Reconciling(provider, asked, principal(), why, sample, heal, dry_run, rate)
    check_may_ask("reconcile", is_told=yes or dry_run)
    desk = open_desk(settings())
    CarriedJob(desk, reconciling.request(desk.jobs)).see_through(form, yes=yes, dry_run=dry_run)

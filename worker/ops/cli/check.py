"""``check``: whether everything is there to run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from schemas.config import Config
from worker.errors import ConfigError, StoreUnreachable
from worker.ops.cli import tables
from worker.ops.cli.output import Form, answer_all, end, say, with_form
from worker.ops.cli.session import open_desk, settings
from worker.ops.desk.oidc_fitness import oidc_problems

if TYPE_CHECKING:
    from worker.ops.desk.check import Check
    from worker.ops.desk.findings import Finding
    from worker.ops.desk.provider_table import ProviderTable

COLUMNS: tables.Columns = {
    "level": lambda one: one.level,
    "what": lambda one: one.what,
    "how it is": lambda one: one.message,
}


@click.command
@click.option("--apply", "applies", is_flag=True, help="Write the configured providers into the ledger.")
@click.option("--yes", is_flag=True, help="With --apply: also remove and narrow what this configuration does not have.")
@with_form
def check(applies: bool, yes: bool, form: Form) -> None:
    """Check the configuration, the credentials, the store, the workers, and whether every provider can be reached.

    --apply adds the new providers, events and sources of this configuration to the provider table; all workers follow
    within seconds. It shows what it would remove or narrow, and asks on a terminal; elsewhere this needs --yes. If you
    answer no, nothing is applied.

    A provider gets only its vendor's test call. Exit codes: 1 if something prevents running, 69 for the store, 78 for
    the configuration, with all its problems at once.
    """
    from worker.ops.desk.check import Check  # noqa: PLC0415  requests is for commands that reach out
    from worker.ops.desk.findings import Level  # noqa: PLC0415
    from worker.ops.desk.provider_table import EmptyConfiguration  # noqa: PLC0415

    if yes and not applies:
        raise click.UsageError("--yes is for --apply: add --apply, or leave it out.")
    config = settings()
    if applies and not config.providers:
        raise EmptyConfiguration
    inspection = Check(config)
    findings: list[Finding] = []
    listed = _kept(_found(inspection, config, applies=applies, yes=yes), findings)
    if form is Form.TABLE:
        tables.show(listed, COLUMNS)
    else:
        answer_all(listed, form)
    if not inspection.store_is_fit:
        end(StoreUnreachable.exit_code)
    if any(one.locked for one in config.providers.values()):
        end(ConfigError.exit_code)
    if any(finding.level is Level.FAIL for finding in findings):
        end(1)


def _found(inspection: Check, config: Config, *, applies: bool, yes: bool) -> Iterator[Finding]:
    from worker.ops.desk.findings import Finding, Level  # noqa: PLC0415

    try:
        desk = open_desk(config)
    except StoreUnreachable as error:
        inspection.store_is_fit = False
        yield Finding(Level.FAIL, "store", str(error))
        desk = None
    confirmed = yes or (applies and desk is not None and _is_wanted(desk.applying))
    yield from inspection.run(desk, applies="check --apply" if applies else "", confirmed=confirmed)
    yield from _of_broker(config)
    yield from (Finding(Level.FAIL, "desk", problem) for problem in oidc_problems(config.web))
    if desk is not None:
        from worker.ops.desk.check_unread import intake_findings  # noqa: PLC0415

        yield from intake_findings(desk.intake)


def _is_wanted(applying: ProviderTable) -> bool:
    """Whether somebody who was asked wants also what takes something away; who does not, wants nothing of it. Nobody is
    asked but on a terminal."""
    try:
        if not sys.stdin.isatty() or not applying.config.providers or not applying.needs_asking():
            return False
    except StoreUnreachable:
        return False  # the inspection says so
    for one in applying.diff().changes:
        say(f"It {one.does} {one.provider}" + (f" ({one.what})." if one.what else "."))
    if not click.confirm("Apply all of it?", err=True):
        say("Nothing was applied.")
        end(1)
    return True


def _of_broker(config: Config) -> Iterator[Finding]:
    if config.store.broker_url:
        from worker.ops.desk.check_broker import broker_findings  # noqa: PLC0415  brings kombu along, for the few who need it

        yield from broker_findings(config)


def _kept(findings: Iterator[Finding], kept: list[Finding]) -> Iterator[Finding]:
    for finding in findings:
        kept.append(finding)
        yield finding

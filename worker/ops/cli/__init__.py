"""The command line: face one of the desk. Commands are a written list and imported when they are asked for."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from worker.ops.cli.output import told

COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("demo", "Send sample orders to simulated vendors, with injected faults, and show the result."),
    "up": ("up", "Run the store and the workers on this machine until interrupted."),
    "check": ("check", "Check the configuration, the credentials, the store and every provider."),
    "settings": ("settings", "Show every setting in force, and where it comes from."),
    "enqueue": ("enqueue", "Accept order events from a file, or from standard input."),
    "status": ("status", "Show how everything stands, with a row per provider."),
    "search": ("search", "Find orders by number, by an id of ours, or by the customer's e-mail."),
    "order": ("order", "Show one order at all providers, with every attempt that is kept."),
    "event": ("event", "Print a whole event, as it was accepted or refused."),
    "deliveries": ("deliveries", "List deliveries, newest first."),
    "dead": ("dead", "List dead letters, newest first, or their causes."),
    "cause": ("cause", "Show what letters died of; write a note to it, take it, or ignore it."),
    "refusals": ("refusals", "List events that were refused as invalid, newest first, and why."),
    "remarks": ("remarks", "Count what was repaired in incoming events, by source and field."),
    "replay": ("bulk", "Send deliveries again; by default dead letters."),
    "discard": ("bulk", "Give up deliveries; by default dead letters."),
    "rehearse": ("rehearse", "Show what would be sent, how it differs from before, and send nothing."),
    "backfill": ("backfill", "Send a provider the newest snapshot of each order that it has no delivery of."),
    "reconcile": ("reconcile", "Compare what a vendor holds with what it was sent, and send again what differs."),
    "jobs": ("jobs", "List jobs: what was asked to be done to many at once, and how far they are."),
    "job": ("jobs", "Show a job; pause, resume or cancel it."),
    "export": ("export", "Write deliveries, orders or refusals as JSON lines or CSV."),
    "erase": ("erase", "Erase a customer, found by e-mail. It cannot be undone."),
    "log": ("record", "List what people did: who, what, how many, and why."),
    "pause": ("gates", "Send nothing to a provider until somebody resumes it."),
    "resume": ("gates", "Open a provider again: after a pause, a hold, or an open circuit breaker."),
    "link": ("link", "Show or correct the ids of an order at a provider."),
    "vendor": ("vendor", "Ask a vendor: for one order, for its orders, or whatever else it can be asked."),
    "providers": ("providers", "List the configured providers, or which kind supports which event."),
    "web": ("web", "Serve the desk's pages and the HTTP API."),
    "user": ("access", "Add, invite and remove people who log in to the web."),
    "token": ("access", "Make and revoke the tokens of programs that use the HTTP API."),
    "schema": ("schema", "Print the JSON Schema of an order event."),
    "sandbox": ("sandbox", "Simulate the vendors over HTTP, with faults on demand."),
}
"""Every command: the module in this package that has a click command of this name, and what it does in one line."""


def is_text(word: str) -> bool:
    """Whether it can be written down: bytes that are no UTF-8 come in from a shell as halves of characters."""
    try:
        return bool(word.encode()) or not word
    except UnicodeEncodeError:
        return False


class Commands(click.Group):
    """The written list as a click group that imports a command's module when it is run, and not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        if cmd_name not in COMMANDS:
            return None
        module, does = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), cmd_name)
        command.short_help = does
        gc.freeze()  # what is loaded stays: it is not to be looked through again at every page of a list
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Raises ``UsageError`` for a word that is no UTF-8: no store takes it, and no provider."""
        if odd := next((word for word in args if not word.isascii() and not is_text(word)), None):
            raise click.UsageError(f"{odd.encode(errors='surrogateescape')!r} is not UTF-8: type it again.", ctx)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant. Raises ``UsageError`` with the nearest one for a word that is none."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from schemas.nearest import nearest  # noqa: PLC0415

            raise click.UsageError(f"There is no command {args[0]!r}; {nearest(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list as it is written: looking into the commands would import them all."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, does) for name, (_, does) in COMMANDS.items()])

    def main(self, *args: Any, **options: Any) -> Any:
        """Run as a program: every error is one sentence, and every end an exit code."""
        return told(super().main, *args, **options)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--config", metavar="FILE", help="The configuration. Default: ORDERCAST_CONFIG, or ordercast.toml here.")
@click.version_option(package_name="ordercast", prog_name="ordercast")
@click.pass_context
def cli(ctx: click.Context, config: str | None) -> None:
    """Delivers every order event to every provider that wants it: once, in order, and with nothing lost.

    Every command takes --json for programs. Exit codes: 0 done, 1 failed, 2 usage, 3 nothing matched,
    4 partly failed, 5 a condition of `status --fail-on` holds, 69 store unreachable, 78 bad configuration,
    130 interrupted.
    """
    ctx.obj = config


def main() -> None:
    """The program ``ordercast``. Library logs go to standard error: standard output is for what was asked."""
    from worker import log  # noqa: PLC0415  structlog is for programs, not for --help in tests

    log.configure("WARNING", as_json=False)
    cli(prog_name="ordercast")

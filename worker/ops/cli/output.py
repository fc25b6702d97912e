"""How every command speaks: what was asked on standard output, messages on standard error, one exit code per end."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

import click
import msgspec

from worker.errors import OrdercastError
from worker.ops.cli.wording import CommandWording

INTERRUPTED = 130

Command = TypeVar("Command", bound=Callable[..., Any])


class Interrupted(OrdercastError):
    """Interrupted."""

    reason = "interrupted"
    exit_code = INTERRUPTED


class Form(StrEnum):
    """What the answer looks like: for people, one JSON document, or JSON lines."""

    TABLE = "table"
    JSON = "json"
    LINES = "jsonl"


class OfOrder(click.Command):
    """A command that takes an order's number, which may begin with a dash: click would take ``-5`` for an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        numbers = [one for one in args if re.fullmatch(r"-\d.*", one)]
        others = [one for one in args if one not in numbers]
        return super().parse_args(ctx, [*others, "--", *numbers] if numbers and "--" not in args else args)


def with_form(command: Command) -> Command:
    """The options ``--json`` and ``--jsonl``, as the parameter ``form``."""
    as_lines = click.option("--jsonl", "form", flag_value=Form.LINES, type=Form, help="Print JSON, one line per item.")
    as_json = click.option("--json", "form", flag_value=Form.JSON, type=Form, help="Print one JSON document.")
    return as_json(
        as_lines(click.option("--table", "form", flag_value=Form.TABLE, type=Form, default=True, hidden=True)(command))
    )


def say(message: str) -> None:
    """A message for people, on standard error."""
    click.echo(message, err=True)


def answer(document: object, form: Form) -> None:
    """One JSON document on standard output."""
    encoded = msgspec.json.encode(document)
    click.echo(encoded if form is Form.LINES else msgspec.json.format(encoded, indent=2))


def answer_all(items: Iterable[object], form: Form) -> None:
    """A JSON array on standard output, or a line for each item, as they come: nothing waits for the last."""
    if form is Form.LINES:
        for item in items:
            click.echo(msgspec.json.encode(item))
        return
    click.echo("[", nl=False)
    before = "\n"
    for item in items:
        click.echo(before.encode() + msgspec.json.encode(item), nl=False)
        before = ",\n"
    click.echo("\n]" if before != "\n" else "]")


def end(code: int) -> NoReturn:
    """End the command with an exit code other than 0, everything having been said."""
    raise click.exceptions.Exit(code)


def told(run: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Run click's main: whatever goes wrong is one sentence on standard error, with ``--json`` a JSON object."""
    arguments = options.get("args") or (args[0] if args else None)
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    is_program = options.pop("standalone_mode", True)
    as_json = any(word in ("--json", "--jsonl") for word in arguments)
    try:
        code = run(*args, standalone_mode=False, **options)
    except click.ClickException as error:
        code = _complain(error, as_json=as_json)
    except click.Abort:
        code = _end(Interrupted(), as_json=as_json)
    except OrdercastError as error:
        code = _end(error, as_json=as_json)
    if is_program:
        sys.exit(code if isinstance(code, int) else 0)
    return code


def _complain(error: click.ClickException, *, as_json: bool) -> int:
    if as_json:
        _complain_in_json("usage" if isinstance(error, click.UsageError) else "failed", error.format_message())
    else:
        error.show()
    return error.exit_code


def _end(error: OrdercastError, *, as_json: bool) -> int:
    if as_json:
        _complain_in_json(error.reason, CommandWording().of(error))
    else:
        say(str(error) if isinstance(error, Interrupted) else f"Error: {CommandWording().of(error)}")
    return error.exit_code


def _complain_in_json(reason: str, message: str) -> None:
    click.echo(msgspec.json.encode({"error": {"reason": reason, "message": message}}), err=True)


def counted(items: Iterable[Any], empty: str) -> Iterator[Any]:
    """The same items; where there were none, ``empty`` is said."""
    has_any = False
    for item in items:
        has_any = True
        yield item
    if not has_any:
        say(empty)

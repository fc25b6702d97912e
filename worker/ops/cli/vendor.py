"""``vendor``: what a vendor holds, asked of the vendor itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import click

from worker.errors import OrdercastError
from worker.ops.cli import tables
from worker.ops.cli.output import Form, answer, answer_all, counted, with_form
from worker.ops.cli.session import settings

if TYPE_CHECKING:
    from worker.ops.desk.vendor_queries import VendorQueries

COLUMNS: tables.Columns = {
    "question": lambda one: f"{one.question} ID" if one.takes_id else one.question,
    "filters": lambda one: ", ".join(one.filters),
    "about": lambda one: one.about,
}
FILTERS: tables.Columns = {
    "question": lambda row: row[0],
    "filter": lambda row: row[1],
    "means": lambda row: row[2],
}


def _pairs(_: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    wrong = [value for value, (name, sign, _) in zip(values, pairs, strict=True) if not (name and sign)]
    if wrong:
        raise click.BadParameter(f"{wrong[0]!r} is not NAME=VALUE.", param=option)
    return {name: value for name, _, value in pairs}


@click.command
@click.argument("name")
@click.argument("question", required=False)
@click.argument("wanted", required=False, default="", metavar="[ID]")
@click.option(
    "--filter", "filters", multiple=True, metavar="NAME=VALUE", callback=_pairs, help="One of the vendor's parameters."
)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most N of a list.")
@with_form
def vendor(  # noqa: PLR0917  click gives them by name
    name: str, question: str | None, wanted: str, filters: dict[str, str], limit: int, form: Form
) -> None:
    """Ask the vendor of provider NAME. Without a QUESTION, list what it can be asked. Nothing is changed at the
    vendor.

    The answer is the vendor's own, as JSON, with our secrets masked. A list is read page by page, up to --limit.
    `test` tries the address and the credentials. Exit code 3 if the vendor has no such order. It also works while the
    provider is paused, and counts in the vendor's own rate limits.
    """
    from worker.ops.desk.vendor_queries import TEST, VendorQueries, open_account  # noqa: PLC0415  requests is for commands that reach out
    from worker.providers.http import Driver  # noqa: PLC0415

    driver = Driver()
    click.get_current_context().call_on_close(driver.close)
    asking = VendorQueries(open_account(settings(), name), driver)
    if question is None:
        _list(asking, form)
    elif question == TEST:
        _test(asking, form)
    else:
        ShownAnswer(asking.pages(question, wanted, filters), limit).show(form)


def _list(asking: VendorQueries, form: Form) -> None:
    found = asking.questions
    if form is not Form.TABLE:
        answer_all(found, form)
        return
    kind = asking.provider.kind
    tables.show(counted(found, f"A {kind} account can be asked nothing but `test`."), COLUMNS)
    if rows := [(one.question, name, means) for one in found for name, means in one.filters.items()]:
        click.echo()
        tables.show(rows, FILTERS)


def _test(asking: VendorQueries, form: Form) -> None:
    message = asking.test()
    if form is Form.TABLE:
        click.echo(message)
    else:
        answer({"provider": asking.provider.config.name, "message": message}, form)


class ShownAnswer:
    """A vendor's answer as it comes. What ends a list early is told when what came is printed whole."""

    def __init__(self, pages: Iterator[Any], limit: int) -> None:
        self.pages = pages
        self.limit = limit
        self.error: OrdercastError | None = None

    def show(self, form: Form) -> None:
        """Print it: a list as one array or as lines, anything else as one document. Raises ``NoAnswer``."""
        first = next(self.pages)
        if not isinstance(first, list):
            answer(first, form)
            return
        answer_all(islice(self._rows(first), self.limit), form)
        if self.error:
            raise self.error

    def _rows(self, first: list[Any]) -> Iterator[Any]:
        try:
            for page in chain([first], self.pages):
                yield from page
        except OrdercastError as error:
            self.error = error

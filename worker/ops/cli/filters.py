"""The filters that lists, replay and discard have in common, as options; together they make an ``DeliveryQuery``."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce, wraps
from typing import Any

import click

from schemas.delivery import State
from schemas.event import EventType
from schemas.outcome import Reason
from worker.ops.desk.query import DeliveryQuery, Moment, read_moment

PAGE = 50


class MomentType(click.ParamType[Moment]):
    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Moment:
        try:
            return read_moment(value)
        except ValueError as fault:
            self.fail(str(fault), param, ctx)


class Word(click.Choice[str]):
    """One of a long closed list, which the help does not spell out."""

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002  click's signature
        return str(param.name).upper()


STATES = click.Choice([state.value for state in State])
MOMENT = MomentType()

OPTIONS: dict[str, Callable[[Any], Any]] = {
    "provider": click.option("--provider", metavar="NAME", help="Of this provider."),
    "state": click.option("--state", type=STATES, help="In this state."),
    "reason": click.option("--reason", type=Word([r.value for r in Reason]), help="With this reason (one word)."),
    "type": click.option("--type", type=Word([t.value for t in EventType]), help="Of this event type: order.created …"),
    "source": click.option("--source", metavar="SOURCE", help="Of this source, such as shop/copenhagen."),
    "order": click.option("--order", metavar="NUMBER", help="Of this order number."),
    "since": click.option(
        "--since", type=MOMENT, metavar="WHEN", help="Accepted since: RFC 3339, a date (UTC), or a span back: 2h, 3d."
    ),
    "until": click.option(
        "--until", type=MOMENT, metavar="WHEN", help="Accepted until: the same; a date counts to its end."
    ),
    "fingerprint": click.option(
        "--fingerprint", metavar="F", help="Dead letters of this cause, as `dead --group` prints it."
    ),
}


def with_filters(*names: str, limit: int | None = PAGE) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """These filters as options, handed to the command as one ``asked``. Without ``names``: all of them."""
    chosen = names or tuple(OPTIONS)
    shown = f"default {limit}" if limit else "default: all"
    most = click.option(
        "--limit", type=click.IntRange(min=1), default=limit, metavar="N", help=f"At most so many ({shown})."
    )

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def with_asked(**values: Any) -> None:
            own = {name: values.pop(name) for name in (*chosen, "limit")}
            state = State(own["state"]) if own.get("state") else None
            command(asked=DeliveryQuery(**(own | {"state": state})), **values)

        return reduce(lambda done, option: option(done), [most, *(OPTIONS[n] for n in reversed(chosen))], with_asked)

    return decorate

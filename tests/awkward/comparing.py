"""Every kind's comparison of an event with what its vendor holds, made from the pages alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.awkward.comparers import openbizbox, orderdesk, retargeting, shopscript, webhook
from tests.awkward.differences import Difference, once, silent
from tests.awkward.sums import Json

COMPARERS: dict[str, Callable[[Json, Json], Iterator[Difference]]] = {
    "retargeting": retargeting.differences,
    "shopscript": shopscript.differences,
    "orderdesk": orderdesk.differences,
    "openbizbox": openbizbox.differences,
    "webhook": webhook.differences,
}


def compared(kind: str, event: Json, held: list[Json]) -> list[Difference]:
    """What is different: ``held`` are the orders that the vendor has under the event's number."""
    twice = list(once(held))
    return twice or list(COMPARERS[kind](event, held[0]))


def silently(kind: str, event: Json, held: list[Json], remark: str) -> list[Difference]:
    """What is different and not told by the delivery's ``remark``."""
    return silent(compared(kind, event, held), remark)

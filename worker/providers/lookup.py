"""How every kind comes by the order that a job is about: by the id that the link names, else by a search."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeGuard, TypeVar

from schemas.delivery import Link
from schemas.outcome import Outcome, Reason
from worker.providers.base import Reply, Request

_Held = TypeVar("_Held")
_Located = TypeVar("_Located")


def locate(
    link: Link,
    by_id: Callable[[str], Generator[Request, Reply, _Located]],
    search: Callable[[], Generator[Request, Reply, _Located]],
) -> Generator[Request, Reply, _Located]:
    """What reading the linked order comes to; what the search comes to where no order is linked."""
    if link.order_id is None:
        return (yield from search())
    return (yield from by_id(link.order_id))


def gone_is_none(
    reading: Generator[Request, Reply, _Held | Outcome],
) -> Generator[Request, Reply, _Held | Outcome | None]:
    """The order that is read; ``None`` where the provider says that it has no such order."""
    held = yield from reading
    return None if is_not_there(held) else held


def is_not_there(read: object) -> TypeGuard[Outcome]:
    """Whether a call came to the provider's own word that it has no such order (``unknown_order``)."""
    return isinstance(read, Outcome) and read.reason is Reason.UNKNOWN_ORDER

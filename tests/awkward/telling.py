"""Many awkward orders through the whole engine, over real HTTP, at all five vendors; and what each holds in the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from schemas.delivery import Delivery
from tests.awkward.orders import awkward, cancelled, changed, noted
from tests.awkward.sizes import EVERY_ENDED, EVERY_UPDATED, HOUSE_WAIT_S
from tests.awkward.straight import KINDS
from tests.awkward.sums import Json
from tests.fakes.house import House

CANCELED = 21657  # the played store's folder
FOLDERS = f"[providers.orderdesk.folders]\ncancelled = {CANCELED}\n"
UNDELETED = ("paid", "completed")
"""Statuses from which a shop's workflow offers no deletion: money would have to move."""


@dataclass
class Told:
    """``count`` orders told, the first alone: what comes first says in which currency an account is. Every third is
    updated, and of every tenth the one half is cancelled and the other noted, where no vendor had refused it."""

    directory: Path
    count: int
    updated: set[int] = field(default_factory=set)
    cancelled: set[int] = field(default_factory=set)
    noted: set[int] = field(default_factory=set)

    def __enter__(self) -> Self:
        self.house = House(self.directory, *KINDS, tables={"orderdesk": FOLDERS}, workers=2)
        self.house.__enter__()
        self._sent = 0
        self._send([awkward(0)])
        self._send([awkward(number) for number in range(1, self.count)])
        self.updated = set(range(0, self.count, EVERY_UPDATED))
        self._send([changed(number) for number in sorted(self.updated)])
        ended = [number for number in range(1, self.count, EVERY_ENDED) if not self._is_refused(number)]
        self.cancelled = {number for number in ended[::2] if self.last(number)["status"] not in UNDELETED}
        self.noted = set(ended) - self.cancelled
        self._send([cancelled(number) for number in sorted(self.cancelled)] + [noted(number) for number in self.noted])
        self.deliveries = self._by_order()
        self.held = {kind: self._held(kind) for kind in KINDS}
        return self

    def __exit__(self, *_: object) -> None:
        self.house.__exit__()

    def snapshot(self, number: int, kind: str) -> Json:
        """The event that this vendor should hold: the last, but for who saves an order once."""
        is_last = number in self.updated and kind != "retargeting"
        return changed(number) if is_last else awkward(number)

    def took(self, kind: str, number: int, event_id: str = "") -> bool:
        """Whether an event was delivered to this vendor: the snapshot that it should hold, unless another is named."""
        wanted = event_id or self.snapshot(number, kind)["id"]
        return any(one.event_id == wanted and one.state.value == "delivered" for one in self.of(kind, number))

    def last(self, number: int) -> Json:
        order: Json = (changed if number in self.updated else awkward)(number)["data"]["order"]
        return order

    def holds(self, kind: str, number: int) -> list[Json]:
        return self.held[kind].get(awkward(number)["subject"], [])

    def of(self, kind: str, number: int) -> list[Delivery]:
        return self.deliveries.get((kind, awkward(number)["subject"]), [])

    def remarks(self, kind: str, number: int) -> str:
        """What the deliveries of an order to a vendor said."""
        return "\n".join(one.last_attempt.message for one in self.of(kind, number) if one.last_attempt)

    def unfinished(self, kind: str, number: int) -> Iterator[Delivery]:
        """Dead letters, and what was skipped though it is a snapshot."""
        return (one for one in self.of(kind, number) if one.state.value in ("dead", "skipped"))

    def _send(self, events: list[Json]) -> None:
        self._sent += len(events)
        self.house.send(*events)
        self.house.settled(self._sent, HOUSE_WAIT_S)

    def _is_refused(self, number: int) -> bool:
        return any(one.order == awkward(number)["subject"] for one in self.house.deliveries(state="dead"))

    def _by_order(self) -> dict[tuple[str, str], list[Delivery]]:
        found: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
        for one in self.house.deliveries():
            found[one.provider, one.order].append(one)
        return found

    def _held(self, kind: str) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for order in self.house.orders(kind):
            found[order["key"]].append(order)
        return found

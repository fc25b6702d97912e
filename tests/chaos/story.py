"""One chaos story: a house, what the shop tells it, what goes wrong, and what is found in the end."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from kombu.exceptions import OperationalError

from tests.chaos.deeds import times_done
from tests.chaos.invariants import Findings, check
from tests.chaos.orders import Body, told
from tests.fakes.house import SHORT, House
from tests.fakes.waiting import wait_until
from worker.errors import StoreUnreachable
from worker.ledger.queries.status import ProviderRow

BATCH = 20
SENT_WITHIN_S = 120.0
LETTERS_ROUNDS = 20
TABLES = {"orderdesk": "[providers.orderdesk.folders]\ncancelled = 21657\n"}
"""The played store's folder that cancelled orders go to."""

PATIENT = SHORT.replace("give_up_after_s = 600", "give_up_after_s = 259200")
"""As short as in every test, but for what an hour that passes would exhaust."""


@dataclass
class Figures:
    """What a story comes to, for the table of results. ``faults`` are what befell calls and lines, ``asked`` the
    letters that a person answered."""

    story: str
    orders: int
    deliveries: int
    kills: int
    faults: int
    asked: int
    duration_s: float
    broken: dict[str, int]

    def but_for(self, promise: str) -> Figures:
        """The same without what a story does not ask for."""
        return replace(self, broken=self.broken | {promise: 0})


Ended = tuple[Findings, Figures]
Keep = Callable[[Ended], None]


@dataclass
class Story:
    """What was told in a house, and by whom. ``chance`` is the story's own, from the seed of the run."""

    name: str
    house: House
    chance: random.Random
    events: list[Body] = field(default_factory=list)
    kills: int = 0
    faults: int = 0
    delivered_before: int = 0
    began_s: float = field(default_factory=time.monotonic)

    def invent(self, orders: int) -> list[Body]:
        """The events of so many more orders, not told yet."""
        return told(orders, self.chance, first=len({event["subject"] for event in self.events}))

    def tell(self, events: list[Body], over_s: float = 0.0) -> None:
        """Send these events within about ``over_s`` seconds, and surely: again until the broker has taken them."""
        self.events += events
        self.delivered_before = self.delivered()
        self.tell_again(events, over_s)

    def tell_again(self, events: list[Body], over_s: float = 0.0) -> None:
        """Send what was told before: an outbox that runs once more. Ids make it harmless."""
        pause = threading.Event()
        batches = [events[start : start + BATCH] for start in range(0, len(events), BATCH)]
        for batch in batches:
            wait_until(partial(self.send, batch), SENT_WITHIN_S, 0.2)
            pause.wait(over_s / len(batches))

    def send(self, events: list[Body]) -> bool:
        """Whether the broker has taken all of these."""
        try:
            for event in events:
                self.house.producer.send_task("ordercast.accept", [event], queue="ordercast.intake", ignore_result=True)
        except (OSError, OperationalError, RuntimeError):
            return False
        return True

    def delivered(self) -> int:
        """How many deliveries have been delivered so far, at all vendors; 0 where the store is away."""
        try:
            return sum(row.delivered for row in self.house.rows().values())
        except StoreUnreachable:
            return 0

    def until_delivered(self, more: int, within_s: float = 60) -> None:
        """Wait until ``more`` have been delivered than when the last telling began."""
        goal = self.delivered_before + more
        wait_until(lambda: self.delivered() >= goal, within_s, 0.05)

    def finish(self, within_s: float) -> Ended:
        """When all is at rest the vendors err no more, a person answers the letters, and everything is compared."""
        house = self.house
        self.rest(within_s)
        self.faults += house.befallen() + sum(line.befallen for line in house.lines.values())
        house.clear_faults()
        asked = self._check().asked
        self._answer(within_s)
        found = self._check()
        orders = len({event["subject"] for event in self.events})
        broken = found.counts() | {"unfinished": len(found.unfinished) + len(found.asked)}
        took_s = time.monotonic() - self.began_s
        count = len(house.deliveries())
        return found, Figures(self.name, orders, count, self.kills, self.faults, len(asked), took_s, broken)

    def _check(self) -> Findings:
        return check(self.events, {kind: self.house.orders(kind) for kind in self.house.kinds}, self.house.deliveries())

    def rest(self, within_s: float) -> None:
        """Wait until nothing moves by itself any more."""
        try:
            wait_until(self._is_at_rest, within_s, 0.1)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.house.rows()}\n{self.house.logs()[-3000:]}") from None

    def until_taken_in(self, within_s: float = 120) -> None:
        """Wait until the ledger has all that was told."""
        wait_until(self._has_all, within_s, 0.1)

    def _has_all(self) -> bool:
        return all(self._known(row) >= len(self.events) for row in self.house.rows().values())

    def is_ended(self, kind: str) -> bool:
        """Whether everything told so far has come to its end at this vendor, but for letters."""
        row = self.house.rows()[kind]
        ended = row.delivered + row.skipped + row.superseded + row.discarded + row.dead
        return ended >= len(self.events)

    def is_still(self) -> bool:
        """Whether nothing of what the ledger has moves by itself: it is final, a letter, or waits behind one.

        Asked in this order: what is claimed after the first question is seen by the second."""
        letters = {letter.id for letter in self.house.deliveries(state="dead")}
        if any(delivery.waiting_behind not in letters for delivery in self.house.deliveries(state="pending")):
            return False
        return not any(row.attempting + row.parked for row in self.house.rows().values())

    def _is_at_rest(self) -> bool:
        """Everything told has come in and nothing moves any more: not here, and at no vendor that commits late."""
        try:
            return self._has_all() and not self.house.commits_late() and self.is_still()
        except StoreUnreachable:
            return False

    @staticmethod
    def _known(row: ProviderRow) -> int:
        under_way = row.pending + row.attempting + row.parked
        return row.delivered + row.skipped + row.superseded + row.discarded + row.dead + under_way

    def _answer(self, within_s: float) -> None:
        """What a person does with letters that ask: look at the vendor's, discard what was done, force what was not."""
        events = {event["id"]: event for event in self.events}
        for _ in range(LETTERS_ROUNDS):
            letters = self.house.deliveries(state="dead")
            if not letters:
                return
            held = {kind: _by_key(self.house.orders(kind)) for kind in self.house.kinds}
            for letter in letters:
                orders = held[letter.kind].get(letter.order, [])
                if any(times_done(letter.kind, order, events[letter.event_id]) for order in orders):
                    self.house.dead.discard(letter.id)
                else:
                    self.house.dead.replay(letter.id, force=True)
            self.rest(within_s)


def _by_key(orders: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for order in orders:
        found.setdefault(str(order["key"]), []).append(order)
    return found

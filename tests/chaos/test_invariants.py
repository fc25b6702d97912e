"""The checker is worth something: it finds every kind of broken promise that is planted in the records of a good run."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import msgspec
import pytest

from schemas.delivery import Delivery, State
from tests.chaos.invariants import Findings, check
from tests.chaos.orders import Body, life
from tests.chaos.story import TABLES
from tests.fakes.house import VENDORS, House

EVENTS = life(0)
"""An order that is noted, changed, invoiced, refunded in part and cancelled."""


class Records:
    """The records of a run, to be tampered with."""

    def __init__(self, events: list[Body], held: dict[str, list[dict[str, Any]]], deliveries: list[Delivery]) -> None:
        self.events = events
        self.held = held
        self.deliveries = deliveries

    def check(self) -> Findings:
        return check(self.events, self.held, self.deliveries)

    def order(self, kind: str) -> dict[str, Any]:
        return self.held[kind][0]

    def change(self, kind: str, event_id: str, **changes: Any) -> None:
        """Have the ledger say something else of one delivery."""
        place = self.place(kind, event_id)
        self.deliveries[place] = msgspec.structs.replace(self.deliveries[place], **changes)

    def place(self, kind: str, event_id: str) -> int:
        return next(n for n, one in enumerate(self.deliveries) if (one.kind, one.event_id) == (kind, event_id))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Records:
    """The order's whole life, told event by event with nothing going wrong."""
    with House(tmp_path_factory.mktemp("good"), tables=TABLES) as house:
        for count, event in enumerate(EVENTS, 1):
            house.send(event)
            house.settled(count)
        return Records(EVENTS, {kind: house.orders(kind) for kind in VENDORS}, house.deliveries())


@pytest.fixture
def records(good: Records) -> Records:
    return deepcopy(good)


def test_a_run_in_which_nothing_went_wrong_is_clean(records: Records) -> None:
    found = records.check()
    assert not any(found.counts().values()), found
    assert not found.asked


def lose_an_order(records: Records) -> None:
    records.held["orderdesk"].clear()


def forget_an_update(records: Records) -> None:
    del records.order("shopscript")["saves"][-2:]


def forget_a_delivery(records: Records) -> None:
    del records.deliveries[records.place("openbizbox", "N0.2")]


def forget_a_refund(records: Records) -> None:
    records.order("openbizbox")["moved"] = [row for row in records.order("openbizbox")["moved"] if row[0] != "refund"]


def forget_a_note(records: Records) -> None:
    records.order("shopscript")["comment"] = ""


def double_an_order(records: Records) -> None:
    records.held["retargeting"] *= 2


def double_a_note(records: Records) -> None:
    records.order("openbizbox")["comment"] *= 2


def swap_two_saves(records: Records) -> None:
    saves = records.order("openbizbox")["saves"]
    saves[0], saves[-1] = saves[-1], saves[0]


def cancel_before_the_update(records: Records) -> None:
    for row in records.order("shopscript")["moved"]:
        row[1] = "10.0000"


def refund_before_the_update(records: Records) -> None:
    for row in records.order("openbizbox")["moved"]:
        row[2]["after_saves"] = 1


def move_twice(kind: str, begins: str) -> Callable[[Records], None]:
    def plant(records: Records) -> None:
        rows = records.order(kind)["moved"]
        rows.append(next(row for row in rows if row[0] == begins))

    return plant


def leave_open(state: State) -> Callable[[Records], None]:
    return lambda records: records.change("orderdesk", "N0.refunded", state=state)


def list_twice(records: Records) -> None:
    records.deliveries.append(records.deliveries[0])


def skip_what_could_be_done(records: Records) -> None:
    records.change("orderdesk", "N0.refunded", state=State.SKIPPED)


def supersede_an_action(records: Records) -> None:
    records.change("openbizbox", "N0.invoiced", state=State.SUPERSEDED)


def supersede_the_newest(records: Records) -> None:
    records.change("orderdesk", "N0.2", state=State.SUPERSEDED)
    saves = records.order("orderdesk")["saves"]
    saves[:] = [save for save in saves if save[1] == saves[0][1]]


PLANTED: list[tuple[str, Callable[[Records], None]]] = [
    ("lost", lose_an_order),
    ("lost", forget_an_update),
    ("lost", forget_a_delivery),
    ("lost", forget_a_refund),
    ("lost", forget_a_note),
    ("lost", supersede_the_newest),
    ("doubled", double_an_order),
    ("doubled", double_a_note),
    ("out_of_order", swap_two_saves),
    ("out_of_order", cancel_before_the_update),
    ("out_of_order", refund_before_the_update),
    ("moved_twice", move_twice("openbizbox", "refund")),
    ("moved_twice", move_twice("openbizbox", "invoice")),
    ("moved_twice", move_twice("orderdesk", "refund")),
    ("moved_twice", move_twice("shopscript", "delete")),
    ("unfinished", leave_open(State.PENDING)),
    ("unfinished", leave_open(State.ATTEMPTING)),
    ("unfinished", leave_open(State.PARKED)),
    ("unfinished", leave_open(State.DEAD)),
    ("unfinished", list_twice),
    ("unfinished", skip_what_could_be_done),
    ("unfinished", supersede_an_action),
]


@pytest.mark.parametrize(("promise", "plant"), PLANTED)
def test_a_broken_promise_that_is_planted_is_found(
    records: Records, promise: str, plant: Callable[[Records], None]
) -> None:
    plant(records)
    assert records.check().counts()[promise] > 0


def test_a_letter_about_what_nobody_can_tell_is_no_breach_but_only_with_its_evidence(records: Records) -> None:
    records.change("openbizbox", "N0.refunded", state=State.DEAD, reason="unknown")
    letter = records.deliveries[records.place("openbizbox", "N0.refunded")]
    assert records.check().counts()["unfinished"] == 1
    assert letter.last_attempt
    said = msgspec.structs.replace(letter.last_attempt, message="Compare with its refunds in the shop's back office.")
    records.change("openbizbox", "N0.refunded", last_attempt=said)
    found = records.check()
    assert not any(found.counts().values()), found
    assert found.asked == {letter.id}

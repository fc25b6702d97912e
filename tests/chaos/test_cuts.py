"""One call cut at each of its points, by the line, by a killed worker and by a killed store: the outcome is the right one.

A create can be looked up, so it ends by itself. A refund of lines at OpenBizBox is shown by no answer: whoever does not
get the answer asks a person.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.kills import kill_store, kill_worker
from tests.chaos.orders import Body, life
from tests.chaos.sizes import SETTLED_WITHIN_S
from tests.chaos.story import PATIENT, TABLES, Keep, Story
from tests.fakes.house import House
from tests.fakes.proxy import Then, Trouble
from tests.fakes.waiting import wait_until

SETTINGS = "max_in_flight = 8\n" + PATIENT.replace("read_s = 1, total_s = 1.5", "read_s = 4, total_s = 4.5").replace(
    "settle_s = 2", "settle_s = 5"
)
"""Time enough to hold four calls and kill somebody meanwhile."""

POINTS: dict[str, dict[str, Any]] = {
    "before it is sent": {"way": "asked", "passes": 0.0},
    "in the request": {"way": "asked", "passes": 0.9},
    "after the commit": {"way": "answered", "passes": 0.0},
    "in the answer": {"way": "answered", "passes": 0.5},
}
COMMITTED = [False, False, True, True]
"""Whether the vendor has acted when the call is cut there."""

NUMBERS = (6, 12, 24, 42)
"""Orders with a refund, none of them invoiced or cancelled."""

VICTIMS: dict[str, Callable[[House], None]] = {"worker": kill_worker, "store": kill_store}
ASKED = {"line": 3, "worker": 4, "store": 0}
"""How many of four cut refunds need a person. Half of a refund's answer, which has no body, is its status: that is enough.
A store that is killed takes no worker with it, and so no answer."""


def cut(story: Story, kind: str, whole: list[bytes], events: list[Body], victim: str) -> None:
    """Tell the events, each with its own call cut at another point; ``whole`` is what each call alone asks."""
    line = story.house.lines[kind]
    then: Then = "reset" if victim == "line" else "hold"
    pairs = zip(whole, POINTS.values(), strict=True)
    line.befall(*[Trouble(asking=asking, times=1, then=then, **point) for asking, point in pairs])
    story.tell(events)
    wait_until(lambda: line.befallen == len(POINTS), 20)
    if victim in VICTIMS:
        VICTIMS[victim](story.house)
        story.kills += 1
    line.mend()


@pytest.mark.parametrize("victim", ["line", *VICTIMS])
def test_a_create_cut_at_any_point_makes_one_order(
    tmp_path: Path, chance: random.Random, keep: Keep, victim: str
) -> None:
    with House(tmp_path, "orderdesk", tables=TABLES, settings=SETTINGS, through=("orderdesk",)) as house:
        story = Story(f"a create cut at four points ({victim})", house, chance)
        cut(story, "orderdesk", [f'"N{n}"'.encode() for n in NUMBERS], [life(n)[0] for n in NUMBERS], victim)
        found, figures = story.finish(SETTLED_WITHIN_S)
        keep((found, figures))
        assert figures.asked == 0


@pytest.mark.parametrize("victim", ["line", *VICTIMS])
def test_a_refund_of_lines_cut_at_any_point_is_made_once_or_asks(
    tmp_path: Path, chance: random.Random, keep: Keep, victim: str
) -> None:
    with House(tmp_path, "openbizbox", settings=SETTINGS, through=("openbizbox",)) as house:
        story = Story(f"a refund of lines cut at four points ({victim})", house, chance)
        story.tell([event for n in NUMBERS for event in life(n) if event["type"] == "order.created"])
        house.settled(len(story.events))
        calls = [f"/{order['id']}/refunds.json".encode() for order in in_order(house)]
        refunds = [event for n in NUMBERS for event in life(n) if event["type"] == "order.refunded"]
        cut(story, "openbizbox", calls, refunds, victim)
        story.rest(SETTLED_WITHIN_S)
        refunded = [bool(order["refunds"]) for order in in_order(house)]
        assert refunded == ([True] * 4 if victim == "store" else COMMITTED)
        found, figures = story.finish(SETTLED_WITHIN_S)
        keep((found, figures))
        assert figures.asked == ASKED[victim]


def in_order(house: House) -> list[dict[str, Any]]:
    held = {order["key"]: order for order in house.orders("openbizbox")}
    return [held[f"N{n}"] for n in NUMBERS]


@pytest.mark.parametrize("kind", ["orderdesk", "openbizbox"])
def test_a_vendor_that_takes_no_connection_is_asked_again_whoever_is_killed_meanwhile(
    tmp_path: Path, chance: random.Random, keep: Keep, kind: str
) -> None:
    with House(tmp_path, kind, tables={kind: TABLES.get(kind, "")}, settings=PATIENT, through=(kind,)) as house:
        story = Story(f"no connection to {kind}, worker and store killed", house, chance)
        house.lines[kind].refuse()
        story.tell([event for n in NUMBERS for event in life(n)])
        wait_until(lambda: house.rows()[kind].parked, 20)
        kill_worker(house)
        kill_store(house)
        story.kills = 2
        assert not house.orders(kind)
        house.lines[kind].listen()
        found, figures = story.finish(SETTLED_WITHIN_S)
        keep((found, figures))
        assert figures.asked == 0

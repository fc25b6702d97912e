"""The network between workers and the store, and between workers and vendors: delays, resets, black holes, half answers."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.sizes import FEW_ORDERS, ROUNDS, SETTLED_WITHIN_S
from tests.chaos.story import PATIENT, TABLES, Keep, Story
from tests.chaos.weather import err
from tests.fakes.house import VENDORS, House
from tests.fakes.proxy import Trouble, black_hole
from tests.fakes.waiting import wait_until

LEASE_S = 6.5
"""``total_s`` of a house and the engine's margin."""

SETTLE_S = 2
"""``settle_s`` of a house."""

HOLE_S = LEASE_S + SETTLE_S + 2
"""Another worker has taken over, has looked, and has sent what was not there, before an answer comes out of the hole."""


def flaky(halves: int, resets: int, waits: int) -> list[Trouble]:
    """Every so manieth answer cut in half, every so manieth piece lost with its connection, every so manieth late."""
    return [
        Trouble(way="answered", passes=0.5, every=halves),
        Trouble(every=resets),
        Trouble(passes=1, then="go on", wait_s=0.3, every=waits),
    ]


def unanswered() -> Trouble:
    """What is asked gets through, and no answer comes back."""
    return Trouble(way="answered", then="hold")


@pytest.mark.parametrize("hole", [black_hole, unanswered])
def test_a_worker_that_is_cut_off_from_the_store_for_longer_than_a_lease_harms_nothing(
    tmp_path: Path, chance: random.Random, keep: Keep, hole: Callable[[], Trouble]
) -> None:
    with House(tmp_path, tables=TABLES, settings=PATIENT, through=("store",)) as house:
        story = Story(f"one worker cut off from the store, then both ({hole.__name__})", house, chance)
        err(house, chance, moment_s=0.1)
        house.lines["second"] = house.open_line("store")
        house.start_worker(ORDERCAST_STORE_URL=house.store_url(house.lines["second"]))
        first, second = house.lines["store"], house.lines["second"]
        for lines in [[first], [first, second]] * ROUNDS:
            story.tell(story.invent(FEW_ORDERS // ROUNDS // 2), over_s=1)
            story.until_delivered(20)
            for line in lines:
                line.befall(hole(), for_s=HOLE_S)
            story.tell(story.invent(FEW_ORDERS // ROUNDS // 2), over_s=2)
            for line in lines:
                wait_until(line.is_mended, 2 * HOLE_S)
        keep(story.finish(SETTLED_WITHIN_S))


def test_a_store_whose_word_on_the_time_comes_late_ends_no_lease_early(
    tmp_path: Path, chance: random.Random, keep: Keep
) -> None:
    with House(tmp_path, tables=TABLES, settings=PATIENT, through=("store",)) as house:
        story = Story("store's word on the time comes late", house, chance)
        err(house, chance, moment_s=0.1)
        house.start_worker(ORDERCAST_STORE_URL=house.store_url(house.open_line("store")))
        for _ in range(ROUNDS):
            house.lines["store"].befall(Trouble(way="answered", asking=b"TIME", then="hold"), for_s=HOLE_S)
            story.tell(story.invent(FEW_ORDERS // ROUNDS), over_s=HOLE_S)
            wait_until(house.lines["store"].is_mended, HOLE_S)
        keep(story.finish(SETTLED_WITHIN_S))
        assert house.lost_attempts() == []


def test_answers_of_the_store_that_come_by_halves_or_never_lose_no_outcome(
    tmp_path: Path, chance: random.Random, keep: Keep
) -> None:
    with House(tmp_path, workers=2, tables=TABLES, settings=PATIENT, through=("store",)) as house:
        story = Story("store's answers lost, cut or late", house, chance)
        house.lines["store"].befall(*flaky(97, 211, 53))
        story.tell(story.invent(FEW_ORDERS), over_s=4)
        keep(story.finish(SETTLED_WITHIN_S))


def test_a_store_that_takes_no_connection_for_a_while_is_waited_for(
    tmp_path: Path, chance: random.Random, keep: Keep
) -> None:
    with House(tmp_path, workers=2, tables=TABLES, settings=PATIENT, through=("store",)) as house:
        story = Story("store takes no connection", house, chance)
        err(house, chance)
        for _ in range(ROUNDS):
            story.tell(story.invent(FEW_ORDERS // ROUNDS), over_s=1)
            story.until_delivered(20)
            house.lines["store"].refuse()
            story.tell(story.invent(FEW_ORDERS // ROUNDS), over_s=2)
            story.faults += 1
            house.lines["store"].listen()
        keep(story.finish(SETTLED_WITHIN_S))


def test_a_vendor_in_a_black_hole_keeps_its_orders_waiting_and_no_others(
    tmp_path: Path, chance: random.Random, keep: Keep
) -> None:
    with House(tmp_path, workers=2, tables=TABLES, settings=PATIENT, through=("orderdesk",)) as house:
        story = Story("one vendor in a black hole", house, chance)
        house.lines["orderdesk"].befall(black_hole())
        story.tell(story.invent(FEW_ORDERS), over_s=1)
        wait_until(lambda: all(story.is_ended(kind) for kind in VENDORS if kind != "orderdesk"), SETTLED_WITHIN_S, 0.1)
        assert not house.orders("orderdesk")
        assert house.rows()["orderdesk"].dead == 0
        house.lines["orderdesk"].mend()
        keep(story.finish(SETTLED_WITHIN_S))


def test_lines_to_the_vendors_that_break_anywhere_double_nothing(
    tmp_path: Path, chance: random.Random, keep: Keep
) -> None:
    with House(tmp_path, workers=2, tables=TABLES, settings=PATIENT, through=VENDORS) as house:
        story = Story("lines to vendors break, or are slow", house, chance)
        for line in house.lines.values():
            line.befall(*flaky(*chance.sample((53, 61, 67, 71, 79, 89), 3)))
        story.tell(story.invent(FEW_ORDERS), over_s=3)
        keep(story.finish(SETTLED_WITHIN_S))

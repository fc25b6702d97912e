"""Workers and the store killed -9 in the middle of work, again and again, while orders come in and vendors err."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

from tests.chaos.kills import kill_store, kill_worker
from tests.chaos.orders import Body
from tests.chaos.sizes import BETWEEN_S, ORDERS, SETTLED_WITHIN_S, STORE_KILLS, WORKER_KILLS
from tests.chaos.story import PATIENT, TABLES, Keep, Story
from tests.chaos.weather import err
from tests.fakes.house import House

WORKERS = 3


def test_kills_of_workers_and_store_lose_double_and_reorder_nothing(
    tmp_path: Path, chance: random.Random, keep: Keep
) -> None:
    victims = ["worker"] * WORKER_KILLS + ["store"] * STORE_KILLS
    chance.shuffle(victims)
    with House(tmp_path, workers=WORKERS, tables=TABLES, settings=PATIENT) as house, ThreadPoolExecutor(1) as shop:
        story = Story("workers and store killed", house, chance)
        err(house, chance)
        moment, events = threading.Event(), story.invent(ORDERS)
        for victim, portion in zip(victims, portions(events, len(victims)), strict=True):
            until_s = chance.uniform(*BETWEEN_S)
            telling = shop.submit(story.tell, portion, until_s)
            moment.wait(until_s)
            kill_worker(house) if victim == "worker" else kill_store(house)
            story.kills += 1
            telling.result()
        keep(story.finish(SETTLED_WITHIN_S))


def portions(events: list[Body], count: int) -> list[list[Body]]:
    """The events in order, in so many parts."""
    places = [len(events) * n // count for n in range(count + 1)]
    return [events[begin:end] for begin, end in pairwise(places)]

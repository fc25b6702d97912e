"""The store's clock steps by an hour, forward and back, while workers work."""

from __future__ import annotations

import random
from pathlib import Path

from tests.chaos.files import HOUR_MS
from tests.chaos.sizes import FEW_ORDERS, ROUNDS, SETTLED_WITHIN_S
from tests.chaos.story import PATIENT, TABLES, Keep, Story
from tests.chaos.weather import err
from tests.fakes.house import House


def test_a_clock_that_jumps_ends_no_lease_early_and_stops_nobody(
    tmp_path: Path, chance: random.Random, keep: Keep
) -> None:
    with House(tmp_path, workers=2, tables=TABLES, settings=PATIENT) as house:
        story = Story("store's clock steps by an hour", house, chance)
        err(house, chance, moment_s=0.1)
        for hour_ms in [-HOUR_MS, HOUR_MS] * ROUNDS:
            story.tell(story.invent(FEW_ORDERS // ROUNDS), over_s=1)
            story.until_delivered(20)
            house.store.client.hincrby(house.store.keys.key("epoch"), "clock", hour_ms)
            story.faults += 1
            story.until_delivered(40)
        keep(story.finish(SETTLED_WITHIN_S))
        assert house.lost_attempts() == []

"""The store restarted, with its last seconds cut off, and with files an hour old: what is sent again harms nobody.

A ledger that has forgotten what it did cannot know that a vendor holds a newer snapshot than the one it still has to
deliver: until the outbox has run again, an older one may stand there for a moment. Order is therefore asked only of the
end, and of everything else where nothing was forgotten.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.chaos.files import HOUR_MS, StoreFiles
from tests.chaos.sizes import FEW_ORDERS, ROUNDS, SETTLED_WITHIN_S
from tests.chaos.story import PATIENT, TABLES, Ended, Keep, Story
from tests.chaos.weather import err
from tests.fakes.house import House
from tests.fakes.waiting import wait_until
from worker.errors import StoreUnreachable

TAIL_DELIVERIES = 30


def answers(house: House) -> bool:
    try:
        return bool(house.store.now_ms())
    except StoreUnreachable:
        return False


def pass_an_hour(house: House) -> None:
    """An hour later, with other workers: to those that stay it would be a jump of the clock."""
    for worker in house.living():
        worker.kill()
        worker.wait()
    house.store.client.hincrby(house.store.keys.key("epoch"), "clock", HOUR_MS)
    for _ in range(house.worker_count):
        house.start_worker()


def but_for_order(ended: Ended) -> Ended:
    """The same, where a ledger that has forgotten may go back and forth."""
    found, figures = ended
    return found, figures.but_for("out_of_order")


def test_a_store_that_is_restarted_goes_on_where_it_was(tmp_path: Path, chance: random.Random, keep: Keep) -> None:
    with House(tmp_path, workers=2, tables=TABLES, settings=PATIENT) as house:
        story = Story("store restarted", house, chance)
        err(house, chance)
        for _ in range(ROUNDS):
            story.tell(story.invent(FEW_ORDERS // ROUNDS), over_s=0.5)
            story.until_delivered(20)
            house.store.client.shutdown()
            story.faults += 1
            wait_until(lambda: answers(house), 30)
        keep(story.finish(SETTLED_WITHIN_S))


def test_what_a_store_forgets_of_its_last_seconds_is_mended_by_sending_it_again(
    tmp_path: Path, chance: random.Random, keep: Keep
) -> None:
    with House(tmp_path, workers=2, tables=TABLES, settings=PATIENT) as house:
        story = Story("last seconds of the store cut off", house, chance)
        err(house, chance)
        files = StoreFiles(house)
        for _ in range(ROUNDS):
            story.tell(story.invent(FEW_ORDERS // ROUNDS), over_s=0.5)
            story.until_delivered(20)
            before_bytes = files.size_bytes()
            story.tell(story.invent(10))
            story.until_delivered(TAIL_DELIVERIES)
            with files.server_dead():
                files.cut(chance.randint(before_bytes, before_bytes + (files.size_bytes() - before_bytes) // 4))
            story.kills += 1
            wait_until(lambda: answers(house), 30)
            story.tell_again(story.events)
        keep(but_for_order(story.finish(SETTLED_WITHIN_S)))


def test_a_store_put_back_as_it_was_an_hour_ago_doubles_nothing_and_moves_nothing_twice(
    tmp_path: Path, chance: random.Random, keep: Keep
) -> None:
    with House(tmp_path, workers=2, tables=TABLES, settings=PATIENT) as house:
        story = Story("store an hour old put back", house, chance)
        err(house, chance)
        files = StoreFiles(house)
        for round_number in range(ROUNDS):
            story.tell(story.invent(FEW_ORDERS // ROUNDS), over_s=0.5)
            story.until_delivered(20)
            files.copy_to(tmp_path / f"copy-{round_number}")
            story.tell(story.invent(FEW_ORDERS // ROUNDS // 2), over_s=0.5)
            story.until_delivered(30)
            pass_an_hour(house)
            story.tell(story.invent(FEW_ORDERS // ROUNDS // 2), over_s=0.5)
            story.until_delivered(30)
            with files.server_dead():
                files.put_back(tmp_path / f"copy-{round_number}")
            story.kills += 1
            wait_until(lambda: answers(house), 30)
            story.tell_again(story.events)
            story.until_taken_in()  # within the hour in which first creates are looked up: the next round passes one
        keep(but_for_order(story.finish(SETTLED_WITHIN_S)))

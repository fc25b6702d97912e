"""Hours that come to every system: the store is full, workers are told to stop, and there is more than one host."""

from __future__ import annotations

import random
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.chaos.sizes import FEW_ORDERS, ROUNDS, SETTLED_WITHIN_S
from tests.chaos.story import PATIENT, TABLES, Keep, Story
from tests.chaos.weather import err
from tests.fakes.house import VENDORS, House
from tests.fakes.netns import HERE, Hosts, are_there_namespaces
from tests.fakes.waiting import wait_until

HEADROOM = 1.15
"""maxmemory as a multiple of what is in use: past the cap at which nothing more is accepted, short of its end."""

BALLAST_BYTES = 8_388_608
"""So that the headroom holds all that the producers send meanwhile."""


def test_a_store_that_is_full_for_a_while_takes_nothing_in_and_goes_on_delivering(
    tmp_path: Path, chance: random.Random, keep: Keep
) -> None:
    with House(tmp_path, workers=2, tables=TABLES, settings=PATIENT) as house:
        story = Story("store full", house, chance)
        err(house, chance)
        client = house.store.client
        client.setrange("ballast", BALLAST_BYTES - 1, b"x")  # sent whole, it stays in a buffer of the server
        for round_number in range(1, ROUNDS + 1):
            story.tell(story.invent(FEW_ORDERS // ROUNDS))
            story.until_delivered(5)
            memory = client.info("memory")  # without what clients take, which comes and goes
            held_bytes = memory["used_memory"] - memory["mem_clients_normal"]
            client.config_set("maxmemory", round(held_bytes * HEADROOM))
            wait_until(lambda: client.exists(house.store.keys.key("full")), 10)
            story.tell(story.invent(FEW_ORDERS // ROUNDS))
            wait_until(partial(has_waited, house, round_number), 20, 0.1)
            wait_until(story.is_still, SETTLED_WITHIN_S, 0.1)
            client.config_set("maxmemory", "0")
            story.faults += 1
        keep(story.finish(SETTLED_WITHIN_S))


def has_waited(house: House, times: int) -> bool:
    return house.logs().count("letterbox.waiting") >= times


def test_workers_that_are_told_to_stop_in_turn_finish_what_they_have_in_hand(
    tmp_path: Path, chance: random.Random, keep: Keep
) -> None:
    with House(tmp_path, workers=2, tables=TABLES, settings=PATIENT) as house:
        story = Story("workers told to stop, in turn", house, chance)
        err(house, chance, moment_s=0.1)
        for _ in range(2 * ROUNDS):
            story.tell(story.invent(FEW_ORDERS // ROUNDS // 2), over_s=1)
            story.until_delivered(10)
            oldest = house.living()[0]
            house.start_worker()
            oldest.send_signal(signal.SIGTERM)
            story.faults += 1
            assert oldest.wait(30) == 0
        keep(story.finish(SETTLED_WITHIN_S))
        assert house.lost_attempts() == []


@pytest.fixture
def hosts() -> Iterator[Hosts | None]:
    """Two hosts with nothing in common but the network; ``None`` where this machine gives us none."""
    if not are_there_namespaces():
        yield None
        return
    with Hosts(2) as made:
        yield made


def test_workers_on_two_hosts_share_the_stores_address_and_nothing_else(
    tmp_path: Path, chance: random.Random, keep: Keep, hosts: Hosts | None
) -> None:
    host = hosts.address if hosts else HERE
    with House(tmp_path, tables=TABLES, settings=PATIENT, through=("store", *VENDORS), host=host) as house:
        story = Story("two hosts" if hosts else "two working directories", house, chance)
        err(house, chance)
        [here] = house.living()
        for n in range(2):
            place = tmp_path / f"host-{n}"
            place.mkdir()
            house.start_worker(*(hosts.inside(n) if hosts else ()), cwd=place)
        stop(here)
        for _ in range(ROUNDS):
            story.tell(story.invent(FEW_ORDERS // ROUNDS), over_s=1)
            story.until_delivered(20)
            house.living()[0].kill()
            story.kills += 1
            place = tmp_path / f"host-{story.kills + 1}"
            place.mkdir()
            house.start_worker(*(hosts.inside(story.kills % 2) if hosts else ()), cwd=place)
        keep(story.finish(SETTLED_WITHIN_S))


def stop(worker: subprocess.Popen[bytes]) -> None:
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0

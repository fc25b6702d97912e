"""kill -9, of a worker and of the store."""

from __future__ import annotations

import os
import signal

from tests.fakes.house import House
from tests.fakes.waiting import wait_until
from worker.errors import StoreUnreachable


def kill_worker(house: House) -> None:
    """Kill the worker that has been at work longest, and start another."""
    oldest = house.living()[0]
    oldest.kill()
    oldest.wait()
    house.start_worker()


def kill_store(house: House) -> None:
    """Kill the store as soon as it answers; its supervisor starts it again."""

    def is_killed() -> bool:
        try:
            os.kill(house.embedded.pid, signal.SIGKILL)
        except StoreUnreachable:
            return False
        return True

    wait_until(is_killed, 30)

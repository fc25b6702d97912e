"""A reconciliation on a schedule, by real workers: begun once, carried out, told of in one line."""

from __future__ import annotations

import json
from pathlib import Path

from schemas.bulk_job import JobState
from tests.fakes.house import House, real_events
from tests.fakes.waiting import wait_until
from worker.ledger.jobs import Jobs

DAY_MS = 86_400_000
TABLES = {"orderdesk": "\n[providers.orderdesk.reconcile]\nevery_h = 24\n"}


def test_two_workers_begin_one_a_day_and_one_of_them_says_what_it_has_found(tmp_path: Path) -> None:
    with House(tmp_path, "orderdesk", workers=2, tables=TABLES) as house:
        jobs = Jobs(house.store)
        # The first is begun at once, of a ledger with nothing in it.
        wait_until(lambda: [one.state for one in jobs.listed()] == [JobState.DONE], 20)
        house.send(*real_events(3)).get(timeout=30)
        house.settled(3)
        [gone, *others] = house.orders("orderdesk")
        house.sandbox.vendor("orderdesk")._store.delete(int(gone["id"]))
        house.store.client.hincrby(house.store.keys.key("epoch"), "clock", DAY_MS)
        wait_until(lambda: [one.state for one in jobs.listed()] == [JobState.DONE] * 2, 30)
        assert jobs.job("j2").results == {"missing": 1, "same": len(others)}
        [row] = house.board.read("ordercast.intake").schedules or []
        assert (row.job, row.missing) == ("j2", 1)
        assert len(house.orders("orderdesk")) == len(others) > 0
        wait_until(lambda: "reconcile.differs" in house.logs(), 10)
        lines = [json.loads(line) for line in house.logs().splitlines() if line.startswith("{")]
        [told] = [line for line in lines if line["event"] == "reconcile.differs"]
        assert (told["job"], told["missing"]) == ("j2", 1)

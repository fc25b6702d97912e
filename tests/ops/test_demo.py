"""demo: the whole story, as a newcomer runs it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from schemas.loading import load_event
from tests.fakes.bodies import NOW
from tests.fakes.program import Program
from tests.fakes.waiting import wait_until
from worker.ops.demo.events import ORDERS, demo_events

pytestmark = pytest.mark.timeout(180)


class Two:
    """Two demos at once, each in a folder of its own, and one more that was tried in the first one's meanwhile.

    ``told`` is what each said as JSON, ``refused`` what the third one said, ``places`` where their vendors were.
    """

    def __init__(self, directory: Path) -> None:
        self.programs = [Program(directory / name) for name in ("one", "two")]
        for program in self.programs:
            program.directory.mkdir()
            (program.directory / "ordercast.toml").write_text("this is no configuration, and no business of the demo's")
            nowhere = {"REDIS_URL": "redis://127.0.0.1:1", "ORDERCAST_STORE_URL": "redis://127.0.0.1:1"}
            program.environ |= nowhere
        running = [program.started("demo", "--json") for program in self.programs]
        wait_until((self.programs[0].directory / "var/demo/ordercast.toml").exists, 60)
        _, self.refused = self.programs[0].ran("demo", code=69)
        self.told = [self._told(one) for one in running]
        files = [program.directory / "var/demo/ordercast.toml" for program in self.programs]
        self.places = {file.read_text().split("http://")[1].split("/")[0] for file in files}

    def _told(self, running: subprocess.Popen[str]) -> Any:
        out, err = running.communicate(timeout=150)
        assert running.returncode == 0, err
        return json.loads(out)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Two:
    return Two(tmp_path_factory.mktemp("demos"))


@pytest.mark.parametrize("which", [0, 1])
def test_the_demo_keeps_its_promise_beside_another(two: Two, which: int) -> None:
    shown = two.told[which]
    assert shown["as_promised"]
    assert [shown["promise"][name] for name in ("lost", "doubled", "moved_twice", "out_of_order", "dead")] == [
        [],
        [],
        [],
        [],
        0,
    ]
    assert len(shown["providers"]) == 5
    for one in shown["providers"]:
        assert one["held"] == ORDERS
        assert one["replayed"] == one["dead_lettered"] > 0
        assert one["retried"] > 0


def test_two_demos_at_once_have_vendors_of_their_own(two: Two) -> None:
    assert len(two.places) == 2


def test_a_second_demo_in_one_folder_is_refused(two: Two) -> None:
    assert "Another demo runs in" in two.refused


def test_the_demo_runs_again_in_its_folder_tells_its_story_readably_and_leaves_nothing_running(two: Two) -> None:
    program = two.programs[0]
    program.environ["NO_COLOR"] = ""
    told, said = program.ran("demo")
    assert "All is as promised." in told
    assert said == ""
    is_a_readable_log(told)
    wait_until(lambda: not program.processes())


def is_a_readable_log(told: str) -> None:
    """Each thing is said once, in no colour, and the table is one."""
    lines = told.splitlines()
    assert len(lines) == len(set(lines))
    assert sum(line.startswith("Starting") for line in lines) == 1
    assert not {"\t", "\x1b"} & set(told)
    assert not re.search(r"\b1 dead letters|\b0 dead letters", told)
    titles = next(line for line in lines if line.startswith("provider"))
    vendors = ("retargeting ", "shopscript ", "orderdesk ", "openbizbox ", "webhook ")
    rows = [line for line in lines if line.startswith(vendors)]
    assert len(rows) == 5
    assert {len(line) for line in rows} == {len(titles)}


def test_the_demo_touches_no_directory_that_is_not_its_own(tmp_path: Path) -> None:
    kept = tmp_path / "mine" / "letters.txt"
    kept.parent.mkdir()
    kept.write_text("dear")
    _, said = Program(tmp_path).ran("demo", "--dir", "mine", code=2)
    assert "holds something else" in said
    assert kept.read_text() == "dear"


def test_the_orders_of_the_demo_are_valid_and_the_same_every_time() -> None:
    events = list(demo_events())
    assert events == list(demo_events())
    assert len({event["id"] for event in events}) == len(events)
    updates = [load_event(event, now=NOW) for event in events if event["type"] == "order.updated"]
    totals = {event["subject"]: event["data"]["order"]["totals"]["grand"] for event in events[:ORDERS]}
    assert updates
    assert all(str(update.order.totals.grand) != totals[update.subject] for update in updates)

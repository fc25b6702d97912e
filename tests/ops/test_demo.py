"""demo: the whole story, as a newcomer runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from schemas.loading import load_event
from tests.fakes.bodies import NOW
from tests.fakes.program import Program
from tests.fakes.waiting import wait_until
from worker.ops.demo.events import ORDERS, demo_events

pytestmark = pytest.mark.timeout(180)


def test_the_demo_keeps_its_promise_twice_and_leaves_nothing_running(tmp_path: Path) -> None:
    program = Program(tmp_path)
    (tmp_path / "ordercast.toml").write_text("this is no configuration, and no business of the demo's")
    program.environ |= {"REDIS_URL": "redis://127.0.0.1:1", "ORDERCAST_STORE_URL": "redis://127.0.0.1:1"}
    shown = program.json("demo")
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


def test_two_demos_at_once_keep_their_promises_each_with_vendors_of_its_own(tmp_path: Path) -> None:
    programs = [Program(tmp_path / name) for name in ("one", "two")]
    for program in programs:
        program.directory.mkdir()
    running = [program.started("demo", "--json") for program in programs]
    for one in running:
        out, err = one.communicate(timeout=150)
        assert one.returncode == 0, err
        told = json.loads(out)
        assert told["as_promised"]
        assert [vendor["held"] for vendor in told["providers"]] == [ORDERS] * 5
    places = {
        (program.directory / "var/demo/ordercast.toml").read_text().split("http://")[1][:15] for program in programs
    }
    assert len(places) == 2


def test_a_second_demo_in_one_folder_is_refused_and_takes_nothing_from_the_first(tmp_path: Path) -> None:
    program = Program(tmp_path)
    with program.started("demo", "--json") as first:
        wait_until((tmp_path / "var/demo/ordercast.toml").exists, 30)
        _, said = program.ran("demo", code=69)
        out, err = first.communicate(timeout=150)
    assert "Another demo runs in" in said
    assert first.returncode == 0, err
    assert json.loads(out)["as_promised"]


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

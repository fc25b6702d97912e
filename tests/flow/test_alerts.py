"""A worker as it is shipped, whose log is all that a person has at night: one line for each thing that needs one."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.fakes import plugin
from tests.fakes.bodies import event_body
from tests.fakes.house import ROOT, House
from tests.fakes.waiting import wait_until
from worker.ledger.gates import pause_gate

MAIL = "jane.roe@buyer.example"


def told(house: House) -> list[dict[str, Any]]:
    """The lines of the workers' logs that are events of ours, by their names the ones that call a person."""
    lines = [json.loads(line) for line in house.logs().splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("level") == "warning" and line["logger"] == "ordercast.alerts"]


def events_told(house: House) -> Counter[str]:
    return Counter(line["event"] for line in told(house))


def order(number: str, **changes: Any) -> dict[str, Any]:
    return event_body("order.created", {"id": f"{number}-a", "subject": number, "data.order.number": number, **changes})


def test_two_workers_tell_each_thing_once_and_nothing_of_a_customer(tmp_path: Path) -> None:
    with House(tmp_path, "webhook", workers=2) as house:
        house.send(order("1", **{"data.order.customer.email": MAIL, "time": None}), order("2")).get(timeout=30)
        house.settled(1)
        assert events_told(house) == {"event.refused": 1}

        house.fault("webhook", do="status", status=422, times=None, match={"body_contains": '"subject":"3"'})
        house.send(order("3", **{"data.order.customer.email": MAIL})).get(timeout=30)
        wait_until(lambda: events_told(house)["delivery.dead"] == 1, 20)

        house.fault("webhook", do="status", status=503, times=None)
        house.send(*[order(str(n), **{"data.order.customer.email": MAIL}) for n in range(4, 12)]).get(timeout=30)
        wait_until(lambda: events_told(house)["gate.tripped"] == 1, 20)
        house.clear_faults()
        wait_until(lambda: events_told(house)["gate.opened"] == 1, 20)
        house.settled(10)

        pause_gate(house.store, "webhook", who="ann", why="release night", at_ms=house.store.now_ms())
        wait_until(lambda: events_told(house)["gate.paused"] == 1, 20)
        assert events_told(house) == {
            "event.refused": 1, "delivery.dead": 1, "gate.tripped": 1, "gate.opened": 1, "gate.paused": 1,
        }  # fmt: skip
        lines = {line["event"]: line for line in told(house)}
        assert (lines["event.refused"]["path"], lines["event.refused"]["event_id"]) == ("time", "1-a")
        assert (lines["delivery.dead"]["order"], lines["delivery.dead"]["http_status"]) == ("3", 422)
        assert (lines["gate.tripped"]["provider"], lines["gate.tripped"]["http_status"]) == ("webhook", 503)
        assert lines["gate.paused"]["who"] == "ann"
        assert all(line["advice"] for line in told(house))
        assert MAIL not in house.logs()


def test_a_worker_with_a_broken_package_says_so_and_serves_the_other_providers(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    plugin.install(packages, "box", plugin.SYNTAX_ERROR)
    with House(tmp_path, "webhook") as house:
        config = tmp_path / "ordercast.toml"
        config.write_text(config.read_text() + '\n[providers.box]\nkind = "box"\ntoken = "x"\n')
        house.workers[0].terminate()
        house.workers[0].wait(20)
        house.start_worker(PYTHONPATH=f"{packages}:{ROOT}")
        wait_until(lambda: events_told(house)["kind.broken"] == 1, 20)
        house.send(order("1")).get(timeout=30)
        wait_until(lambda: house.rows()["webhook"].delivered == 1, 20)
        assert (house.rows()["box"].pending, house.rows()["box"].dead) == (1, 0)
        assert "SyntaxError in box.py line 3" in told(house)[-1]["message"]
        assert house.workers[1].poll() is None

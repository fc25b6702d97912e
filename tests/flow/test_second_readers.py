"""Celery's remote commands at a running worker: none of them gives the intake queue a second reader, nor takes its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.apart import INTAKE
from tests.fakes.house import House
from tests.fakes.revisions import revision
from tests.fakes.waiting import wait_until


def answered(house: House, command: str, **arguments: Any) -> dict[str, Any]:
    """What the one worker says to a remote command."""
    control = house.producer.control

    def asked() -> list[dict[str, Any]]:
        return control.broadcast(command, arguments=arguments, reply=True, timeout=2, limit=1)

    [[(_, answer)]] = [list(one.items()) for one in wait_until(asked, 20)]
    return answer


def warned(house: House, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in house.logs().splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == event]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with House(tmp_path_factory.mktemp("house"), "retargeting") as house:
        yield house


@pytest.mark.parametrize("queue", [INTAKE, f"{INTAKE}\x06\x169", f"shop-one:{INTAKE}"])
def test_no_consumer_is_added_to_the_intake_queue_and_the_answer_says_why(house: House, queue: str) -> None:
    before = len(warned(house, "consumer.refused"))
    answer = answered(house, "add_consumer", queue=queue)
    assert "is read by Ordercast's own reader alone" in answer["error"]
    assert INTAKE not in str(answered(house, "active_queues"))
    line = warned(house, "consumer.refused")[before]
    assert (line["level"], line["queue"]) == ("warning", queue)


def test_a_consumer_of_another_queue_is_added_as_ever(house: House) -> None:
    assert "ok" in answered(house, "add_consumer", queue="elsewhere")
    wait_until(lambda: "elsewhere" in str(answered(house, "active_queues")), 10)
    assert "ok" in answered(house, "cancel_consumer", queue="elsewhere")


@pytest.mark.parametrize(("command", "arguments"), [("cancel_consumer", {"queue": INTAKE}), ("pool_restart", {})])
def test_cancelling_the_intake_queue_and_restarting_the_pool_do_no_harm(
    house: House, command: str, arguments: dict[str, str], tmp_path: Path
) -> None:
    answered(house, command, **arguments)
    receipt = house.send(revision(tmp_path.name[-8:], 1)).get(timeout=20)
    assert receipt["status"] == "accepted"

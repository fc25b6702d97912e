"""Money that may have moved: seen at the vendor and settled, or a dead letter that asks; never moved again by habit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.house import House
from tests.fakes.life import CANCELLED, CREATED, INVOICED, REFUNDED
from tests.fakes.waiting import wait_until

KIND = "openbizbox"


@pytest.fixture
def house(tmp_path: Path) -> Any:
    with House(tmp_path, KIND) as started:
        started.send(CREATED)
        started.settled(1)
        yield started


def lose_the_answer(house: House, path: str) -> None:
    house.fault(KIND, do="reset_after", times=1, match={"mutating": True, "path": path})


def dead(house: House) -> Any:
    [letter] = house.deliveries(state="dead")
    return letter


def test_a_cancellation_whose_answer_was_lost_is_seen_at_the_vendor(house: House) -> None:
    lose_the_answer(house, "*refunds.json")
    house.send(CANCELLED)
    house.settled(2)
    [done] = house.deliveries(type="order.cancelled")
    assert (done.state, done.reason, done.attempts) == ("delivered", "exists", 2)
    assert len(house.orders(KIND)[0]["refunds"]) == 1


@pytest.mark.parametrize(
    ("event", "path", "what"), [(REFUNDED, "*refunds.json", "refunds"), (INVOICED, "*invoice.json", "invoices")]
)
def test_what_no_reading_can_tell_asks_a_person_and_is_not_done_again_by_habit(
    house: House, event: dict[str, Any], path: str, what: str
) -> None:
    lose_the_answer(house, path)
    house.send(event)
    house.settled(2)
    letter = dead(house)
    assert (letter.reason, letter.in_doubt) == ("unknown", True)
    assert "back office" in letter.last_attempt.message
    assert len(house.orders(KIND)[0][what]) == 1
    assert house.dead.replay(letter.id).result == "replayed"
    wait_until(lambda: house.deliveries(state="dead") and dead(house).attempts > letter.attempts, 30)
    assert len(house.orders(KIND)[0][what]) == 1


def test_a_refund_that_a_person_saw_undone_is_done_by_force(house: House) -> None:
    house.fault(KIND, do="reset_before", times=1, match={"mutating": True, "path": "*refunds.json"})
    house.send(REFUNDED)
    house.settled(2)
    letter = dead(house)
    assert house.orders(KIND)[0]["refunds"] == []
    assert house.dead.replay(letter.id, force=True).result == "replayed"
    wait_until(lambda: not house.deliveries(state="dead"), 30)
    house.settled(2)
    assert len(house.orders(KIND)[0]["refunds"]) == 1

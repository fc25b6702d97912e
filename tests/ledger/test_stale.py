"""Which snapshot is too old to be sent: by revision, and without one by what the events say of their time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.event import Event, EventType, event_digest
from schemas.outcome import Reason
from tests.fakes.examples import examples
from tests.fakes.ledger import Ledger, action, order_of, snapshot
from worker.ledger.intake import Arrival
from worker.ledger.queries.orders import Orders

NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)
_ids = count()


def told(
    kind: str = "updated", time: float = 0, updated_at: float | None = None, number: str = "1001", **more: Any
) -> Event:
    """A snapshot; its instants in seconds after nine o'clock."""
    order = order_of(number)
    if updated_at is not None:
        order = msgspec.structs.replace(order, updated_at=NINE + timedelta(seconds=updated_at))
    changes = {"type": EventType(f"order.{kind}"), "time": NINE + timedelta(seconds=time), "order": order}
    return snapshot(f"e{next(_ids)}", number, **changes | more)


def stale(ledger: Ledger, *events: Event) -> list[bool]:
    """Of each event, whether it was superseded as it came; each in a step of its own."""
    for event in events:
        ledger.accept(event)
    reasons = {one.event_id: one.reason for one in ledger.deliveries(state="superseded")}
    return [reasons.get(event.id) == "stale" for event in events]


IN_ORDER, LATE = [False, False], [False, True]


@pytest.mark.parametrize(
    ("first", "second", "right"),
    [
        (told(time=60), told(time=59), LATE),
        (told(time=60), told(time=60), IN_ORDER),
        (told(time=60), told(time=61), IN_ORDER),
        (told(time=60), told(time=59.999999), LATE),
        (told("created", 60), told("created", 59), LATE),
        (told("created", 60), told("created", 60), IN_ORDER),
        (told("created", 60), told("updated", 60), IN_ORDER),
        (told("created", 60), told("updated", 59), LATE),
        (told("updated", 60), told("created", 59), LATE),
        (told("updated", 60), told("created", 60), LATE),
        (told("updated", 60), told("created", 61), IN_ORDER),
    ],
)
def test_without_a_revision_the_time_decides(ledger: Ledger, first: Event, second: Event, right: list[bool]) -> None:
    assert stale(ledger, first, second) == right


@pytest.mark.parametrize(
    ("first", "second", "right"),
    [
        (told(time=60, updated_at=50), told(time=61, updated_at=49), LATE),
        (told(time=60, updated_at=50), told(time=59, updated_at=51), IN_ORDER),
        (told(time=60, updated_at=50), told(time=59, updated_at=50), IN_ORDER),
        (told(time=60, updated_at=50), told(time=59), LATE),
        (told(time=60), told(time=59, updated_at=70), LATE),
        (told(time=60), told(time=61, updated_at=1), IN_ORDER),
        (told("updated", 60, 50), told("created", 60, 51), LATE),
        (told("updated", 60, 50), told("created", 61, 50), IN_ORDER),
        (told("updated", 60, 50), told("created", 61, 49), LATE),
        (told("created", 60, 50), told("updated", 59, 50), IN_ORDER),
    ],
)
def test_where_both_say_when_the_order_was_changed_that_decides(
    ledger: Ledger, first: Event, second: Event, right: list[bool]
) -> None:
    assert stale(ledger, first, second) == right


def test_a_snapshot_is_compared_with_the_last_one_that_was_not_stale(ledger: Ledger) -> None:
    events = told(time=60), told(time=50), told(time=55), told(time=60)
    assert stale(ledger, *events) == [False, True, True, False]


def test_an_instant_that_the_last_one_does_not_say_is_not_remembered_from_the_one_before(ledger: Ledger) -> None:
    events = told(time=60, updated_at=50), told(time=70), told(time=80, updated_at=40)
    assert stale(ledger, *events) == [False, False, False]


def test_snapshots_of_one_step_are_compared_too(ledger: Ledger) -> None:
    late, last = told(time=50), told(time=61)
    ledger.accept(told(time=60), late, last)
    assert ledger.states()[late.id] == "superseded"
    assert ledger.states()[last.id] == "pending"


def test_each_order_has_its_own_time(ledger: Ledger) -> None:
    assert stale(ledger, told(time=60), told(time=50, number="1002")) == IN_ORDER


def test_an_action_is_never_stale_and_makes_nothing_stale(ledger: Ledger) -> None:
    events = told(time=60), action("a1", time=NINE), action("a2", time=NINE + timedelta(hours=1)), told(time=61)
    assert stale(ledger, *events) == [False] * 4


@pytest.mark.parametrize(
    ("first", "second", "right"),
    [
        (told(time=60, revision=5), told(time=90, revision=4), LATE),
        (told(time=60, revision=5), told(time=10, revision=5), IN_ORDER),
        (told("updated", 60, 60, revision=5), told("created", 10, 10, revision=6), IN_ORDER),
        (told(time=60, revision=5), told(time=59), LATE),
        (told(time=60, revision=5), told(time=61), IN_ORDER),
        (told(time=60, updated_at=50, revision=5), told(time=61, updated_at=49), LATE),
        (told(time=60), told(time=59, revision=5), LATE),
        (told(time=60), told(time=61, revision=5), IN_ORDER),
    ],
)
def test_two_revisions_decide_alone_and_one_decides_nothing(
    ledger: Ledger, first: Event, second: Event, right: list[bool]
) -> None:
    assert stale(ledger, first, second) == right


def test_a_revision_is_compared_with_the_last_one_also_past_a_snapshot_without(ledger: Ledger) -> None:
    events = told(time=60, revision=5), told(time=70), told(time=80, revision=4), told(time=65, revision=6)
    assert stale(ledger, *events) == [False, False, True, False]


def test_an_order_whose_instants_are_not_known_takes_what_comes_in_its_order(ledger: Ledger) -> None:
    """As of a version that did not keep them."""
    ledger.accept(told(time=60))
    [order] = ledger.store.client.scan_iter(ledger.store.keys.key("order", order="*"))
    assert ledger.store.client.hdel(order, "t") == 1
    assert stale(ledger, told(time=59), told(time=58)) == LATE


def test_a_stale_snapshot_reaches_a_log_all_the_same(clean_store: str) -> None:
    log = Ledger(clean_store, supersede=False)
    assert stale(log, told(time=60), told(time=59)) == IN_ORDER
    log.store.close()


def test_an_order_shows_the_status_of_its_newest_snapshot_not_of_the_last_to_come(ledger: Ledger) -> None:
    def of(status: str) -> Any:
        return msgspec.structs.replace(order_of(), status=status)

    ledger.accept(told(time=60, order=of("shipped")), told(time=50, order=of("paid")))
    orders = Orders(ledger.store)
    [(_, digest)] = orders.named("1001")
    assert orders.story(digest).status == "shipped"


def corrected(ledger: Ledger, event: Event, seq: int) -> None:
    ledger.intake.accept([Arrival(event, event_digest(event), seq)])


@pytest.mark.parametrize(
    ("time", "state"), [(59, "superseded"), (60, "superseded"), (61, "pending")], ids=["older", "equal", "newer"]
)
def test_a_corrected_refusal_is_stale_by_its_facts_and_where_they_are_equal_by_its_arrival(
    ledger: Ledger, time: float, state: str
) -> None:
    seq = ledger.intake.refuse(b"{}", Reason.INVALID, [])
    ledger.accept(told(time=60))
    ledger.deliver()
    late = told(time=time)
    corrected(ledger, late, seq)
    assert ledger.states()[late.id] == state


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["created", "updated"]), st.integers(0, 4)), min_size=1, max_size=8))
def test_what_is_not_stale_never_goes_back_in_time(ledger: Ledger, story: list[tuple[str, int]]) -> None:
    number = f"n{next(_ids)}"
    events = [told(kind, time, number=number) for kind, time in story]
    late = stale(ledger, *events)
    kept = [event for event, is_late in zip(events, late, strict=True) if not is_late]
    assert [event.time for event in kept] == sorted(event.time for event in kept)
    newest = max(event.time for event in events)
    assert kept[-1].time == newest

"""What a runner writes into the log: one line an attempt, and for a dead letter one that calls a person."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery

import tasks.deliver
from schemas.outcome import Outcome, OutcomeKind, Reason
from tasks.deliver import Shift
from tests.fakes.alerted import Lines, lines_of
from tests.fakes.ledger import (
    ACCEPTED,
    NO_ORDER,
    UNAUTHORIZED,
    UNAVAILABLE,
    UNKNOWN,
    Ledger,
    action,
    park,
    snapshot,
)
from tests.fakes.vendor import Account, AtOnce, Vendor
from worker.policy.plan import plan_of
from worker.providers.base import Conversation, Operation
from worker.providers.http import Driver
from worker.settings.credentials import Credentials

DENIED = Outcome(
    kind=OutcomeKind.UNAUTHORIZED, reason=Reason.CREDENTIALS, http_status=401, calls=1, message="The key is revoked."
)
NO_PRODUCT = Outcome(
    kind=OutcomeKind.REJECTED,
    reason=Reason.NO_PRODUCT,
    http_status=422,
    calls=1,
    message="No product in the shop is known for NOPE.",
)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    with lines_of(monkeypatch, tasks.deliver) as made:
        yield made


class Tried(Account):
    """An account whose own test is refused."""

    def test(self) -> Conversation:
        return DENIED
        yield


def attempt(ledger: Ledger, vendor: Vendor, driver: AtOnce | Driver | None = None) -> None:
    """One runner that attempts one delivery and leaves."""
    stopping = threading.Event()
    stopping.set()
    parts: Any = SimpleNamespace(
        store=ledger.store,
        plans=ledger.plans,
        providers={"one": Tried(ledger.configs["one"], vendor)},
        driver=driver or AtOnce(),
        stopping=stopping,
        credentials=Credentials(None, dict, lambda _old, _new: False),
        worker="",
        ownership=SimpleNamespace(owner=lambda _, event: event.source),
    )
    Shift(Celery(broker="memory://localhost", set_as_current=False), parts, "one").work()


def test_a_dead_letter_is_a_warning_with_what_a_person_needs(ledger: Ledger, lines: Lines) -> None:
    ledger.accept(snapshot("e1", number="1001"))
    attempt(ledger, Vendor(lambda _: NO_PRODUCT))
    [dead] = ledger.deliveries(state="dead")
    [line] = lines.read()
    assert (line["event"], line["level"], line["provider"], line["delivery"]) == (
        "delivery.dead", "warning", "one", dead.id,
    )  # fmt: skip
    assert (line["order"], line["type"], line["http_status"]) == ("1001", "order.created", 422)
    assert (line["reason"], line["attempt_reason"]) == ("rejected", "no_product")
    assert line["message"] == "No product in the shop is known for NOPE."
    assert f"ordercast replay {dead.id} --why" in line["advice"]


def test_a_cancellation_that_overtook_its_order_is_not_to_be_touched(ledger: Ledger, lines: Lines) -> None:
    ledger.accept(action("a1", number="1001"))
    attempt(ledger, Vendor(lambda _: NO_ORDER))
    [line] = lines.read()
    assert (line["event"], line["attempt_reason"], line["order"]) == ("delivery.dead", "unknown_order", "1001")
    assert line["advice"].startswith("Nothing, unless order 1001 never comes: one does not know it yet.")
    assert "sent behind it by itself" in line["advice"]
    assert "ordercast replay" not in line["advice"]
    ledger.accept(snapshot("e1", number="1001"))
    for _ in range(2):
        attempt(ledger, Vendor(lambda _: ACCEPTED))
    assert ledger.states() == {"e1": "delivered", "a1": "delivered"}


@pytest.mark.parametrize("kind", ["an update", "an action in doubt"])
def test_what_found_no_order_and_waits_for_a_person_is_to_be_replayed(ledger: Ledger, lines: Lines, kind: str) -> None:
    if kind == "an update":
        ledger.accept(snapshot("e2", number="1001"))
    else:
        ledger.accept(action("a1", number="1001"))
        ledger.finish(ledger.claim(), UNKNOWN, park(0, in_doubt=True))
        ledger.advance(61)
        ledger.tick()
    attempt(ledger, Vendor(lambda _: NO_ORDER, on_unknown="resend"))
    [line] = lines.read()
    assert (line["event"], line["attempt_reason"]) == ("delivery.dead", "unknown_order")
    assert "ordercast replay" in line["advice"]


def test_what_is_delivered_or_parked_calls_nobody(ledger: Ledger, lines: Lines) -> None:
    ledger.accept(snapshot("e1", number="1"), snapshot("f1", number="2"))
    attempt(ledger, Vendor(lambda _: ACCEPTED))
    attempt(ledger, Vendor(lambda _: UNAVAILABLE))
    assert lines.read() == []


def test_each_attempt_is_one_line_at_info(ledger: Ledger, lines: Lines) -> None:
    lines.begin("INFO")
    ledger.accept(*[snapshot(f"e{n}1", number=str(n)) for n in range(3)])
    for outcome in (ACCEPTED, UNAVAILABLE, NO_PRODUCT):
        attempt(ledger, Vendor(lambda _, outcome=outcome: outcome))
    assert lines.events() == ["delivery.settled", "delivery.parked", "delivery.dead"]


def test_what_waits_while_its_provider_rejects_everything_is_not_told_as_dead(ledger: Ledger, lines: Lines) -> None:
    vendor = Vendor(lambda _: NO_PRODUCT)
    ledger.accept(*[snapshot(f"e{n}1", number=str(n)) for n in range(25)])
    for _ in range(20):
        attempt(ledger, vendor)
    assert ledger.row().dead == 20
    lines.begin("INFO")
    ledger.advance(61)
    attempt(ledger, vendor)
    assert (ledger.row().dead, lines.events()) == (20, ["delivery.parked"])


def test_a_test_call_that_fails_is_what_the_board_shows_of_a_held_provider(ledger: Ledger, lines: Lines) -> None:
    ledger.plans["one"] = plan_of(ledger.configs["one"], has_test=True)
    ledger.accept(*[snapshot(f"e{n}1", number=str(n)) for n in range(4)])
    for _ in range(3):
        attempt(ledger, Vendor(lambda _: UNAUTHORIZED))
    assert ledger.row().gate.last_message == ""
    ledger.advance(61)
    attempt(ledger, Vendor(lambda _: UNAUTHORIZED))
    gate = ledger.row().gate
    assert (gate.state, gate.last_message, gate.last_http_status) == ("held", "The key is revoked.", 401)
    assert lines.read() == []


def fails(_: Any = None) -> Any:
    return {}["unit_price"]


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(fails, id="saying what to do"),
        pytest.param(lambda _: Operation("save", fails, on_unknown="resend"), id="beginning to speak"),
    ],
)
def test_an_adapter_that_fails_before_it_speaks_is_an_attempt_that_crashed_and_a_warning(
    ledger: Ledger, lines: Lines, monkeypatch: pytest.MonkeyPatch, operation: Any
) -> None:
    monkeypatch.setattr(Tried, "operation", lambda _, job: operation(job))
    ledger.accept(snapshot("e1", number="1001"))
    attempt(ledger, Vendor(lambda _: ACCEPTED), Driver())
    [parked] = ledger.deliveries(state="parked")
    assert (parked.reason, parked.in_doubt, parked.attempts) == ("crashed", False, 1)
    assert parked.last_attempt is not None
    assert parked.last_attempt.message == "The adapter failed: KeyError."
    [line] = lines.read()
    assert (line["event"], line["error"], line["where"][:14]) == ("adapter.failed", "KeyError", "test_lines.py:")


def test_an_adapter_that_fails_before_it_looks_up_leaves_the_doubt(
    ledger: Ledger, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.accept(snapshot("e1", number="1001"))
    ledger.finish(ledger.claim(), UNKNOWN, park(0, in_doubt=True), on_wire_ago_ms=0)
    looks = Operation("save", fails, on_unknown="look_up", look_up=fails)
    monkeypatch.setattr(Tried, "operation", lambda _, job: looks)
    ledger.advance(100)
    ledger.tick()
    attempt(ledger, Vendor(lambda _: ACCEPTED), Driver())
    [parked] = ledger.deliveries(state="parked")
    assert (parked.in_doubt, parked.attempts) == (True, 2)
    assert lines.events() == ["adapter.failed"]

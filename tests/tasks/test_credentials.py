"""A runner whose credentials are refused: it reads them again, says which they were, and buries nobody for an old key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery

from schemas.event import event_digest
from schemas.loading import load_event
from tasks.deliver import Shift
from tests.fakes.bodies import NOW, event_body
from worker.ledger.gates import Gates, resume_gate
from worker.ledger.intake import Arrival
from worker.ledger.provider_table import apply_table
from worker.ledger.queries.deliveries import Deliveries, Filter
from worker.ledger.queries.ledger_status import LedgerStatus
from worker.ledger.queries.status import GateView
from worker.process import Process
from worker.sandbox import load_vendors
from worker.sandbox.server import Sandbox
from worker.settings.configfile import ConfigFile

GOOD, WRONG = "test-orderdesk-key", "a-key-that-was-revoked"
TEXT = """
[store]
url = "{url}"

[providers.desk]
kind = "orderdesk"
base_url = "{base_url}"
store_id = "1001"
api_key = {key}
"""


class Desk:
    """One provider at a simulated vendor, and a process that delivers to it: ``run`` is one runner's time there."""

    def __init__(self, directory: Path, url: str, sandbox: Sandbox, key: str) -> None:
        self.key = directory / "key"
        self.key.write_text(WRONG)
        path = directory / "ordercast.toml"
        path.write_text(
            TEXT.format(url=url, base_url=sandbox.base_url("orderdesk"), key=key.replace("PLACE", str(self.key)))
        )
        file = ConfigFile.here(str(path), {"DESK_KEY": WRONG})
        self.parts = Process(file.load(), url, url, file=file)
        self.store = self.parts.store
        apply_table(self.store, self.parts.config.providers, "digest")
        self.app = Celery(broker="memory://", set_as_current=False)
        self.sandbox = sandbox

    def accept(self, *numbers: str) -> None:
        named = [{"id": f"e{number}", "subject": number, "data.order.number": number} for number in numbers]
        events = [load_event(event_body("order.created", one), now=NOW) for one in named]
        self.parts.intake.accept([Arrival(event, event_digest(event)) for event in events])

    def run(self) -> None:
        shift = Shift(self.app, self.parts, "desk")
        shift.ends_s = 0.0  # it takes what is ready, and leaves
        shift.work()

    def probe(self) -> None:
        """The next probe's time comes."""
        self.store.client.hincrby(self.store.keys.key("epoch"), "clock", 16 * 60 * 1000)
        Gates(self.store).tick("desk", 3)
        self.run()

    @property
    def gate(self) -> GateView:
        return LedgerStatus(self.store).read("q").providers[0].gate

    def told(self) -> list[tuple[str, int, str]]:
        """Of each delivery its state, how often it was tried, and what was said last."""
        found = Deliveries(self.store).listed(Filter())
        return [(one.state.value, one.attempts, (one.last_attempt and one.last_attempt.message) or "") for one in found]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(load_vendors(per_second=5000, burst=5000)) as played:
        yield played


@pytest.fixture
def desk(tmp_path: Path, clean_store: str, sandbox: Sandbox) -> Iterator[Desk]:
    made = Desk(tmp_path, clean_store, sandbox, '{ file = "PLACE" }')
    yield made
    made.parts.driver.close()
    made.store.close()


def test_an_order_that_an_old_key_is_refused_for_is_sent_again_at_once_with_the_new_one(desk: Desk) -> None:
    desk.accept("1")
    desk.key.write_text(GOOD)
    desk.run()
    [(state, attempts, _)] = desk.told()
    assert (state, attempts, desk.gate.state) == ("delivered", 1, "open")
    assert [order["key"] for order in desk.sandbox.vendor("orderdesk").orders()] == ["1"]


def test_a_hold_says_which_secret_from_where_and_when_it_was_read(desk: Desk) -> None:
    desk.accept("1")
    desk.run()
    [(state, _, message)] = desk.told()
    gate = desk.gate
    assert (state, gate.state, gate.reason) == ("parked", "held", "credentials")
    assert gate.last_message == message
    assert f"(api_key from file {desk.key}, read " in message
    assert message.endswith(" UTC; HTTP 401)")
    assert WRONG not in message


def test_a_probe_reads_the_key_again(desk: Desk) -> None:
    desk.accept("1")
    desk.run()
    desk.key.write_text(GOOD)
    desk.probe()
    assert [state for state, _, _ in desk.told()] == ["delivered"]
    assert desk.gate.state != "held"


def test_a_probe_with_a_key_that_is_still_wrong_says_so_anew(desk: Desk) -> None:
    desk.accept("1")
    desk.run()
    desk.store.client.hdel(desk.store.keys.key("gate", provider="desk"), "told")
    desk.probe()
    assert desk.gate.last_message is not None
    assert f"api_key from file {desk.key}" in desk.gate.last_message


def test_an_old_key_buries_no_order_after_the_test_has_passed_with_the_new_one(desk: Desk) -> None:
    """Another worker has read the new key, and opened the gate with it; this one still has the old one."""
    desk.accept("1")
    desk.run()
    desk.key.write_text(GOOD)
    gate = desk.store.keys.key("gate", provider="desk")
    now_ms = desk.store.now_ms()
    desk.store.client.hset(gate, mapping={"tested_at": now_ms + 1, "held_until": now_ms})
    resume_gate(desk.store, "desk", who="another worker", why="its test has passed")
    desk.store.client.hincrby(desk.store.keys.key("epoch"), "clock", 60_000)
    Gates(desk.store).tick("desk", 3)
    desk.run()
    assert [state for state, _, _ in desk.told()] == ["delivered"]


def test_a_key_in_a_variable_says_that_the_workers_must_be_started_again(
    tmp_path: Path, clean_store: str, sandbox: Sandbox
) -> None:
    desk = Desk(tmp_path, clean_store, sandbox, '{ env = "DESK_KEY" }')
    desk.accept("1")
    desk.run()
    assert "(api_key from variable DESK_KEY: restart the workers after changing it; HTTP 401)" in str(
        desk.gate.last_message
    )
    desk.parts.driver.close()
    desk.store.close()


def test_a_hold_is_probed_at_once_where_the_key_has_changed_and_only_then(desk: Desk) -> None:
    assert not Gates(desk.store).hasten("desk"), "it is open"
    desk.accept("1")
    desk.run()
    assert desk.gate.until is not None
    before = desk.gate.until
    desk.key.write_text(GOOD)
    assert [desk.parts.credentials.look() for _ in range(2)] == [[], ["desk"]]
    desk.parts.hasten("desk")
    assert str(desk.gate.until) < before
    Gates(desk.store).tick("desk", 3)
    desk.run()
    assert [state for state, _, _ in desk.told()] in (["delivered"], ["parked"])
    assert desk.gate.state != "held"

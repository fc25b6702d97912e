"""An account that may go to public addresses alone never opens a connection to another, however it is spelt."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from itertools import count

import pytest

from schemas.config import ProviderConfig, Secret
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.webhook import WebhookOptions
from tests.fakes.account import QUICK, account
from tests.fakes.hostile import Hostile, answer, says
from tests.fakes.snapshots import job
from tests.fakes.wire import ShortMemory
from worker.clock import uptime_s
from worker.providers import connections
from worker.providers.addresses import Resolver, SocketAddress, by_system
from worker.providers.base import Provider
from worker.providers.connections import IDLE_S
from worker.providers.deadline import TimedCall
from worker.providers.http import Driver
from worker.providers.webhook import Webhook

PUBLIC = "93.184.215.14"
METADATA = "169.254.169.254"


def endpoint(base_url: str, *, allow_private: bool = False) -> Webhook:
    options = WebhookOptions(secret=(Secret("whsec_dGVzdC13ZWJob29rLXNlY3JldC0wMDAx"),), allow_private=allow_private)
    config = ProviderConfig(name="hook", kind="webhook", base_url=base_url, options=options, timeout=QUICK)
    return Webhook(config, ShortMemory())


def at(*numeric: str, port: int = 80) -> list[SocketAddress]:
    return [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (one, port, 0, 0))
        if ":" in one
        else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
        for one in numeric
    ]


def sent_by(driver: Driver, to: Provider) -> Outcome:
    outcome = driver.converse(to, to.operation(job()).converse()).outcome
    driver.close()
    return outcome


def is_refused(outcome: Outcome, address: str) -> bool:
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNAVAILABLE, Reason.CONNECT)
    assert (outcome.calls, outcome.may_have_been_done) == (0, False)
    return f"{address} is not a public address" in outcome.message and "allow_private = true" in outcome.message


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Hostile, list[str]]]:
    """A server that stands for the whole internet, and the addresses that were dialled there, in turn."""
    to: list[str] = []
    opened = connections._open
    with Hostile(says(answer(204, b""))) as server:

        def dial(address: SocketAddress, call: TimedCall) -> socket.socket:
            to.append(address[4][0])
            return opened(by_system("127.0.0.1", server.port)[0], call)

        monkeypatch.setattr(connections, "_open", dial)
        yield server, to


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.5", METADATA, "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "::", "fe80::1%eth0", "fd00::1",
        "::ffff:10.0.0.5", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::", "not-an-address",
    ],
)  # fmt: skip
def test_a_name_that_leads_to_a_private_address_is_not_connected_to(address: str, dialled):
    outcome = sent_by(Driver(resolve=lambda *_: at(address)), endpoint("http://hooks.test/orders?token=x"))
    assert is_refused(outcome, address)
    assert dialled[1] == []
    assert "token" not in outcome.message


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_this_machine_is_not_reached_however_it_is_spelt(host: str):
    with Hostile(says(answer(204, b""))) as server:
        outcome = sent_by(Driver(), endpoint(f"http://{host}:{server.port}/"))
    assert outcome.reason is Reason.CONNECT
    assert "is not a public address" in outcome.message
    assert server.opened == 0


def test_a_private_address_is_reached_where_the_account_allows_it():
    with Hostile(says(answer(204, b""))) as server:
        outcome = sent_by(Driver(), endpoint(server.url, allow_private=True))
    assert outcome.kind is OutcomeKind.ACCEPTED


def test_a_name_without_an_address_is_said_to_have_none():
    outcome = sent_by(Driver(resolve=lambda *_: []), endpoint("http://hooks.test/"))
    assert outcome.message == "No connection to hooks.test:80: the name cannot be resolved."


def test_other_kinds_go_wherever_they_are_told():
    assert not account("http://hooks.test").public_only
    assert endpoint("http://hooks.test").public_only


def test_a_public_address_is_dialled_as_it_was_checked(dialled):
    outcome = sent_by(Driver(resolve=lambda *_: at(PUBLIC)), endpoint("http://hooks.test/"))
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert dialled[1] == [PUBLIC]


def test_a_private_address_beside_a_public_one_is_passed_over(dialled):
    outcome = sent_by(Driver(resolve=lambda *_: at("10.0.0.5", PUBLIC, "::1")), endpoint("http://hooks.test/"))
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert dialled[1] == [PUBLIC]


def test_a_name_that_changes_its_mind_is_looked_up_once_and_checked_at_each_connection(dialled):
    """DNS rebinding: public when it is looked at, private when it is gone to."""
    answers = [at(PUBLIC), at(METADATA)]
    ahead_s = [0.0]
    driver = Driver(resolve=lambda *_: answers.pop(0), clock=lambda: uptime_s() + ahead_s[0])
    to = endpoint("http://hooks.test/")
    first = driver.converse(to, to.operation(job()).converse()).outcome
    assert (first.kind, len(answers), dialled[1]) == (OutcomeKind.ACCEPTED, 1, [PUBLIC])
    ahead_s[0] = IDLE_S + 1
    second = sent_by(driver, to)
    assert is_refused(second, METADATA)
    assert dialled[1] == [PUBLIC]


def test_who_asks_for_an_address_when_a_look_up_has_ended_gets_one_of_their_own():
    looked_up = count()
    resolver = Resolver(lambda *_: at(f"10.0.0.{next(looked_up)}"))
    found = [resolver.addresses("hooks.test", 80, 1)[0][4][0] for _ in range(200)]
    assert found == [f"10.0.0.{number}" for number in range(200)]


def test_a_connection_kept_from_an_account_that_allowed_it_is_not_used_by_one_that_does_not():
    with Hostile(says(answer(204, b""))) as server:
        driver = Driver()
        allowed = endpoint(server.url, allow_private=True)
        driver.converse(allowed, allowed.operation(job()).converse())
        outcome = sent_by(driver, endpoint(server.url))
    assert is_refused(outcome, "127.0.0.1")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_a_private_address_is_not_followed(status: int, dialled):
    server, to = dialled
    with Hostile(says(answer(204, b""))) as inside:
        server.behaviour = says(answer(status, Location=f"{inside.url}/admin"))
        outcome = sent_by(Driver(resolve=lambda *_: at(PUBLIC)), endpoint("http://hooks.test/"))
    assert (outcome.kind, outcome.http_status) == (OutcomeKind.REJECTED, status)
    assert (to, inside.opened, len(server.requests)) == ([PUBLIC], 0, 1)

"""What the driver makes of a network that fails, and when: before the request left, after it, in mid-conversation."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.config import Timeout
from schemas.outcome import Outcome, OutcomeKind, Reason
from tests.fakes.account import QUICK, account, asking, read, write
from tests.fakes.hostile import (
    Hostile,
    answer,
    answers_then_resets,
    closed_port,
    drips,
    hangs,
    never_accepting,
    resets,
    says,
)
from worker.clock import uptime_s
from worker.providers.addresses import by_system
from worker.providers.base import Reply
from worker.providers.http import Driver

TLS = Path(__file__).parents[1] / "data" / "tls"
SLACK_S = 10.0  # a busy machine's, on top of every deadline: without one these would go on for ever


@pytest.fixture
def driver() -> Iterator[Driver]:
    driver = Driver()
    yield driver
    driver.close()


def unavailable(outcome: Outcome, reason: Reason) -> bool:
    return (outcome.kind, outcome.reason, outcome.may_have_been_done) == (OutcomeKind.UNAVAILABLE, reason, False)


def unknown(outcome: Outcome) -> bool:
    return (outcome.kind, outcome.reason, outcome.may_have_been_done) == (OutcomeKind.UNKNOWN, Reason.NO_ANSWER, True)


def test_a_refused_connection_is_surely_not_done(driver: Driver):
    ran = driver.converse(account(f"http://127.0.0.1:{closed_port()}"), asking(write()))
    assert unavailable(ran.outcome, Reason.CONNECT)
    assert ran.outcome.calls == 0
    assert "connection refused" in ran.outcome.message


def test_a_connection_that_nobody_accepts_ends_in_time(driver: Driver):
    with never_accepting() as url:
        began = uptime_s()
        ran = driver.converse(account(url), asking(write()))
    assert unavailable(ran.outcome, Reason.CONNECT)
    assert uptime_s() - began < QUICK.connect_s + SLACK_S


def test_a_name_that_does_not_resolve_is_surely_not_done():
    def fails(host: str, port: int) -> list:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    ran = Driver(resolve=fails).converse(account("http://nowhere.test"), asking(write()))
    assert unavailable(ran.outcome, Reason.CONNECT)
    assert "cannot be resolved" in ran.outcome.message


def test_a_name_that_hangs_in_the_resolver_ends_in_time_and_costs_one_thread():
    answered = threading.Event()
    asked: list[str] = []

    def hangs_there(host: str, port: int) -> list:
        asked.append(host)
        answered.wait()
        return []

    driver = Driver(resolve=hangs_there)
    shop = account("http://slow.test")
    began = uptime_s()
    outcomes = [driver.converse(shop, asking(write())).outcome for _ in range(2)]
    took_s = uptime_s() - began
    answered.set()
    assert all(unavailable(outcome, Reason.CONNECT) for outcome in outcomes)
    assert took_s < 2 * (QUICK.total_s + SLACK_S)
    assert asked == ["slow.test"]


def test_the_second_address_is_tried_when_the_first_refuses():
    with Hostile(says(answer())) as server:

        def two(host: str, port: int) -> list:
            return [*by_system("127.0.0.1", closed_port()), *by_system("127.0.0.1", server.port)]

        ran = Driver(resolve=two).converse(account("http://shop.test"), asking(write()))
    assert ran.outcome.kind is OutcomeKind.ACCEPTED


def test_a_literal_address_asks_no_resolver():
    def fails(host: str, port: int) -> list:
        raise AssertionError(host)

    with Hostile(says(answer())) as server:
        ran = Driver(resolve=fails).converse(account(server.url), asking(read()))
    assert ran.outcome.kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hangs, id="hangs"),
        pytest.param(resets(after_reading=True), id="resets after reading"),
        pytest.param(resets(after_reading=False), id="resets at once"),
        pytest.param(drips(answer()), id="drips its headers"),
        pytest.param(says(b"", keeps=False), id="closes"),
        pytest.param(says(answer()[:5], keeps=False), id="closes in the status"),
        pytest.param(says(answer()[:14], keeps=False), id="closes after the status"),
        pytest.param(says(answer()[:30], keeps=False), id="closes in a header"),
    ],
)
def test_a_mutating_request_without_an_answer_is_unknown_in_time(driver: Driver, behaviour):
    with Hostile(behaviour) as server:
        began = uptime_s()
        ran = driver.converse(account(server.url), asking(write()))
        took_s = uptime_s() - began
    assert unknown(ran.outcome)
    assert took_s < QUICK.total_s + SLACK_S


@pytest.mark.parametrize("behaviour", [hangs, resets(after_reading=True)], ids=["hangs", "resets"])
def test_a_reading_request_without_an_answer_is_unavailable(driver: Driver, behaviour):
    with Hostile(behaviour) as server:
        ran = driver.converse(account(server.url), asking(read()))
    assert unavailable(ran.outcome, Reason.NO_ANSWER)
    assert ran.outcome.calls == 1


def test_a_fault_after_an_earlier_mutating_request_is_unknown(driver: Driver):
    with Hostile(answers_then_resets(answer())) as server:
        ran = driver.converse(account(server.url), asking(write(), read()))
    assert unknown(ran.outcome)
    assert ran.outcome.calls == 2


def test_no_connection_after_an_earlier_mutating_request_is_unknown(driver: Driver):
    with Hostile(says(answer(), keeps=False)) as server:

        def conversation():
            yield write()
            server.__exit__()
            yield read()
            raise AssertionError

        ran = driver.converse(account(server.url), conversation())
    assert unknown(ran.outcome)


def test_headers_dripped_forever_end_at_the_total_deadline(driver: Driver):
    patient = Timeout(connect_s=0.3, read_s=5, total_s=0.5)
    with Hostile(drips(b"X-Drip: yes\r\n" * 1000, b"HTTP/1.1 200 OK\r\n")) as server:
        began = uptime_s()
        ran = driver.converse(account(server.url, timeout=patient), asking(write()))
        took_s = uptime_s() - began
    assert unknown(ran.outcome)
    assert ran.outcome.message == "No answer within 0.5 s."
    assert 0.4 < took_s < 0.5 + SLACK_S


@pytest.mark.parametrize("length", ["1000", ""], ids=["with a length", "as long as the connection"])
def test_a_body_dripped_forever_is_cut_at_the_total_deadline(driver: Driver, length: str):
    patient = Timeout(connect_s=0.3, read_s=5, total_s=0.5)
    seen: list[Reply] = []
    with Hostile(drips(b"x" * 1000, answer(body=b"", Content_Length=length) + b"xxx")) as server:
        began = uptime_s()
        driver.converse(account(server.url, timeout=patient), asking(write(), seen=seen))
        took_s = uptime_s() - began
    assert seen[0].cut
    assert seen[0].body.startswith(b"xxx")
    assert took_s < 0.5 + SLACK_S


def test_a_request_that_nobody_reads_ends_at_the_total_deadline(driver: Driver):
    def deaf(server: Hostile, line) -> bool:
        server.over.wait()
        return False

    with Hostile(deaf) as server:
        began = uptime_s()
        ran = driver.converse(account(server.url), asking(write(body=b"x" * 30_000_000)))
        took_s = uptime_s() - began
    assert unknown(ran.outcome)
    assert took_s < QUICK.total_s + SLACK_S


def test_an_early_answer_to_a_long_request_is_read(driver: Driver):
    def too_large(server: Hostile, line) -> bool:
        line.sock.recv(1000)
        line.sock.sendall(answer(413))
        line.sock.shutdown(socket.SHUT_WR)
        while line.sock.recv(65536):
            pass
        return False

    seen: list[Reply] = []
    with Hostile(too_large) as server:
        driver.converse(account(server.url), asking(write(body=b"x" * 3_000_000), seen=seen))
    assert seen[0].status == 413


def tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "localhost.pem")
    return context


def test_a_certificate_that_nobody_signed_is_refused_before_anything_is_sent(driver: Driver):
    with Hostile(says(answer()), tls=tls_context()) as server:
        ran = driver.converse(account(f"https://localhost:{server.port}"), asking(write()))
    assert unavailable(ran.outcome, Reason.CONNECT)
    assert "certificate is not accepted" in ran.outcome.message
    assert server.requests == []


def test_a_certificate_of_another_host_is_refused():
    driver = Driver(ca_file=str(TLS / "localhost-cert.pem"))
    with Hostile(says(answer()), tls=tls_context()) as server:
        ran = driver.converse(account(server.url), asking(write()))
    assert unavailable(ran.outcome, Reason.CONNECT)
    assert server.requests == []


def test_a_trusted_certificate_is_spoken_to_over_one_connection():
    driver = Driver(ca_file=str(TLS / "localhost-cert.pem"))
    with Hostile(says(answer()), tls=tls_context()) as server:
        ran = driver.converse(account(f"https://localhost:{server.port}"), asking(write(), write()))
        driver.close()
    assert ran.outcome.kind is OutcomeKind.ACCEPTED
    assert driver.connections.opened == 1


def test_dripped_headers_over_tls_end_at_the_total_deadline():
    driver = Driver(ca_file=str(TLS / "localhost-cert.pem"))
    with Hostile(drips(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500), tls=tls_context()) as server:
        began = uptime_s()
        ran = driver.converse(account(f"https://localhost:{server.port}"), asking(write()))
        took_s = uptime_s() - began
    assert unknown(ran.outcome)
    assert took_s < QUICK.total_s + SLACK_S


def test_a_tls_handshake_that_hangs_ends_in_time(driver: Driver):
    with Hostile(hangs) as server:
        began = uptime_s()
        ran = driver.converse(account(f"https://127.0.0.1:{server.port}"), asking(write()))
        took_s = uptime_s() - began
    assert unavailable(ran.outcome, Reason.CONNECT)
    assert took_s < QUICK.total_s + SLACK_S

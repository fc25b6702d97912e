"""Why a server does not answer: in plain words, with what to do, and with its address once."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import ResponseError

from schemas.address import read_address
from tests.fakes import hiccups
from tests.fakes.hiccups import refused
from tests.fakes.ports import free_ports
from worker.brokers import connection_to
from worker.errors import StoreUnreachable
from worker.ledger.store.answers import ours
from worker.ledger.store.client import Store
from worker.ledger.store.silence import Place, silence

ROUTE = "Mend the network or the firewall between, or correct [store] url."
STORE = Place("The store", read_address("redis://someone:hunter2@store.example:6379/0"), "[store] url")


def said_of(url: str) -> str:
    with closing(Store(url, answer_s=0.3)) as store:
        return str(refused(store.now_ms))


@pytest.fixture
def silent() -> Iterator[int]:
    """A port at which somebody takes connections, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def closing_port() -> Iterator[int]:
    """A port at which every connection is closed as soon as it has asked something."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    line = listening.accept()[0]
                    line.recv(65536)
                    line.close()

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_port_at_which_nobody_listens(host: str) -> None:
    [port] = free_ports(1)
    assert said_of(f"redis://someone:hunter2@{host}:{port}/0") == (
        f"The store at redis://{host}:{port}/0 does not answer: connection refused. Start it, or correct [store] url."
    )


def test_a_server_that_takes_the_connection_and_says_nothing(silent: int) -> None:
    assert said_of(f"redis://:hunter2@127.0.0.1:{silent}/0") == (
        f"The store at redis://127.0.0.1:{silent}/0 does not answer: it timed out."
        f" See whether it hangs or is overloaded. {ROUTE}"
    )


@pytest.mark.parametrize(("scheme", "or_one"), [("redis", "for TLS"), ("rediss", "without TLS")])
def test_a_server_that_hangs_up(closing_port: int, scheme: str, or_one: str) -> None:
    assert said_of(f"{scheme}://:hunter2@127.0.0.1:{closing_port}/0") == (
        f"The store at {scheme}://127.0.0.1:{closing_port}/0 does not answer: it closed the connection. Start it where"
        " it has stopped, or read its log; correct [store] url where that is another program's port, or one"
        f" {or_one}."
    )


def test_a_host_whose_name_nobody_knows() -> None:
    nowhere = "[fe80::1%feed]"  # no such link; resolved without asking anybody
    assert said_of(f"redis://:hunter2@{nowhere}:6379/0") == (
        f"The store at redis://{nowhere}:6379/0 does not answer: the name of its host is not known."
        " Correct the host in [store] url, or make the name known to this machine."
    )


def test_a_socket_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "none.sock"
    assert said_of(f"unix://:hunter2@{path}") == (
        f"The store at unix://{path} does not answer: there is no such socket. Start it, or correct [store] url."
    )


def test_an_embedded_store_is_not_to_be_started_by_hand(tmp_path: Path) -> None:
    assert said_of(f"unix://:hunter2@{tmp_path}/store.sock") == (
        f"The store at unix://{tmp_path}/store.sock does not answer: there is no such socket. It is the embedded one,"
        " which starts again by itself; valkey.log in [store] dir says what befell it."
    )


def test_a_server_that_speaks_no_tls() -> None:
    with hiccups.mumbler(b"-ERR Protocol error\r\n") as url:
        port = read_address(url).hosts[0][1]
        assert said_of(f"rediss://:hunter2@127.0.0.1:{port}/0") == (
            f"The store at rediss://127.0.0.1:{port}/0 does not answer: it does not speak TLS there. Name the port at"
            " which it does in [store] url, or ask for none with redis:// there."
        )


def test_a_file_for_tls_that_is_not_there(silent: int) -> None:
    assert said_of(f"rediss://127.0.0.1:{silent}/0?ssl_ca_certs=/no/ca.pem") == (
        f"The store at rediss://127.0.0.1:{silent}/0 does not answer: a file for TLS that its address names is not"
        " there. Correct ssl_ca_certs, ssl_certfile or ssl_keyfile in [store] url."
    )


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (OSError(errno.EHOSTUNREACH, "No route to host"), f"there is no route to it. {ROUTE}"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), f"there is no route to it. {ROUTE}"),
        (PermissionError(errno.EPERM, "x"), f"a firewall on this machine forbids the connection. {ROUTE}"),
        (
            OSError(errno.ETIMEDOUT, "Connection timed out"),
            f"it timed out. See whether it hangs or is overloaded. {ROUTE}",
        ),
        (
            socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
            (
                "the name of its host cannot be looked up now. Mend this machine's name service, or correct the host in"
                " [store] url."
            ),
        ),
        (
            OSError(errno.EMFILE, "x"),
            "this process has too many open files. Raise its limit (ulimit -n), and start it again.",
        ),
        (
            OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL)),
            "Cannot assign requested address. Start it, or correct [store] url.",
        ),
    ],
    ids=lambda value: "" if isinstance(value, str) else repr(value),
)
def test_what_only_another_network_does_is_told_by_the_number_of_the_error(cause: OSError, said: str) -> None:
    error = NotConnected(f"Error {cause.errno} connecting to store.example:6379. {cause.strerror}.")
    error.__context__ = cause
    assert silence(error, STORE) == f"The store at redis://store.example:6379/0 does not answer: {said}"


def test_words_that_are_not_known_are_told_without_the_address_in_them() -> None:
    error = NotConnected("Something is odd at store.example:6379.")
    assert silence(error, STORE) == (
        "The store at redis://store.example:6379/0 does not answer: Something is odd at it."
        " Start it, or correct [store] url."
    )


def test_a_certificate_that_is_asked_for() -> None:
    alert = ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required")
    alert.reason = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    told = silence(alert, STORE)
    assert told.endswith("it wants to see a certificate. Name yours with ssl_certfile and ssl_keyfile in [store] url.")


def test_protected_mode_is_told_in_a_sentence() -> None:
    denied = ResponseError(
        "DENIED Redis is running in protected mode because protected mode is enabled and no password"
    )
    error = ours(denied, STORE)
    assert isinstance(error, StoreUnreachable)
    assert str(error) == (
        "The store at redis://store.example:6379/0 answers: DENIED: it is in protected mode, and takes connections from"
        " its own machine only. Give it a password, and put that into [store] url."
    )


@pytest.mark.parametrize(("hosts", "shown"), [("127.0.0.1:{0}", 1), ("127.0.0.1:{0},localhost:{0}", 2)])
def test_a_rabbitmq_that_is_stopped_is_told_with_all_its_hosts(hosts: str, shown: int) -> None:
    [port] = free_ports(1)
    place = hosts.format(port)
    with (
        pytest.raises(StoreUnreachable) as caught,
        connection_to(read_address(f"amqp://someone:hunter2@{place}/v"), 1, 1),
    ):
        pass
    assert str(caught.value) == (
        f"The broker at amqp://{place}/v does not answer: connection refused. Start it, or correct [store] broker_url."
    )
    assert str(caught.value).count(str(port)) == shown

"""A client of the store by each kind of address: what it trusts, whom it finds, and what it says where it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.ports import free_ports
from tests.fakes.servers import CERTIFICATE, DEBIANS, SecureServer, Server, Watcher
from tests.fakes.waiting import wait_until
from worker.errors import StoreUnreachable
from worker.ledger.store.client import Store

needs_tls = pytest.mark.skipif(DEBIANS is None, reason="needs Debian's redis-server, which speaks TLS")


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureServer]:
    with SecureServer(tmp_path_factory.mktemp("tls") / "server") as server:
        yield server


def refusal(url: str) -> str:
    store = Store(url)
    with pytest.raises(StoreUnreachable) as caught:
        store.now_ms()
    store.close()
    return str(caught.value)


@needs_tls
def test_a_store_is_spoken_to_through_tls(secure: SecureServer) -> None:
    store = Store(secure.url)
    assert store.now_ms() > 0
    assert store.run("reader_lease", "q", "t", 1000) == 1
    store.close()


@needs_tls
@pytest.mark.parametrize(
    ("place", "options", "why"),
    [
        ("localhost", "", "self-signed certificate"),
        ("127.0.0.1", f"?ssl_ca_certs={CERTIFICATE}", "IP address mismatch, certificate is not valid for '127.0.0.1'"),
    ],
)
def test_a_certificate_that_cannot_be_trusted_is_refused_in_a_sentence(
    secure: SecureServer, place: str, options: str, why: str
) -> None:
    assert refusal(f"rediss://:hunter2@{place}:{secure.port}/0{options}") == (
        f"The store at rediss://{place}:{secure.port}/0 does not answer: its certificate cannot be trusted ({why})."
        " Use the host name that is in it, and name its authority with ssl_ca_certs=/path/of/ca.pem, in [store] url."
    )


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Server, Server, Watcher]]:
    """A master, its replica, and a Sentinel that knows both."""
    with (
        Server(tmp_path / "master") as master,
        Server(tmp_path / "replica", replicaof=f"127.0.0.1 {master.port}") as replica,
        Watcher(tmp_path / "sentinel", master) as watcher,
    ):
        wait_until(lambda: watcher.client().sentinel_slaves("mymaster"), 20)
        yield master, replica, watcher


def test_a_sentinel_leads_to_the_master_also_where_the_first_named_one_is_gone(
    pair: tuple[Server, Server, Watcher],
) -> None:
    master, _, watcher = pair
    [nobody] = free_ports(1)
    store = Store(f"sentinel://127.0.0.1:{nobody},127.0.0.1:{watcher.port}/mymaster/2")
    assert store.run("reader_lease", "q", "t", 1000) == 1
    with master.client() as client:
        assert client.info("keyspace")["db2"]["keys"] >= 1
    store.close()


def test_a_service_that_no_sentinel_knows_is_named(pair: tuple[Server, Server, Watcher]) -> None:
    place = f"127.0.0.1:{pair[2].port}"
    assert refusal(f"sentinel://:hunter2@{place}/other") == (
        f"The store at sentinel://{place}/other does not answer:"
        " no Sentinel there that answers knows a living master called other. Start the Sentinels and the master, or correct"
        " [store] url."
    )


def test_an_answer_that_came_too_late_is_given_to_nobody(pair: tuple[Server, Server, Watcher]) -> None:
    """The next who asks over the same connection would take it for his own."""
    place = f"sentinel://127.0.0.1:{pair[2].port}/mymaster"
    patient = Store(place)
    assert patient.run("reader_lease", "q", "mine", 60_000) == 1
    patient.close()
    store = Store(place, answer_s=0.2, max_connections=2)
    with pair[0].client() as other:
        assert store.now_ms()
        other.client_pause(400, all=True)
        with pytest.raises(StoreUnreachable):
            store.run("reader_lease", "q", "mine", 60_000)
        wait_until(other.ping)
    assert store.run("reader_lease", "q", "another", 60_000) == 0
    store.close()

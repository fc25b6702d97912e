"""The embedded store at a port of loopback, with real processes."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest
import redis

from tests.fakes.waiting import wait_until
from worker.embedded import hold, place, resp
from worker.errors import StoreUnreachable


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "var"


def taken(place: tuple[str, int]) -> socket.socket | None:
    """This port in our own hands, as soon as who has it is gone."""
    try:
        return socket.create_server(place)
    except OSError:
        return None


def test_a_store_listens_at_a_port_to_whoever_knows_its_password_and_to_nobody_else(directory: Path) -> None:
    with hold(directory, listen=("127.0.0.1", 0)) as store:
        assert store.listens_at is not None
        host, port = store.listens_at
        with redis.Redis.from_url(store.port_url) as client, redis.Redis(host=host, port=port) as stranger:
            client.set("order", "1042")
            with pytest.raises(redis.AuthenticationError):
                stranger.get("order")
        with redis.Redis.from_url(store.url) as near:
            assert near.get("order") == b"1042"
        kept = directory / place.PASSWORD
        assert kept.stat().st_mode & 0o777 == 0o600
        command = Path(f"/proc/{store.pid}/cmdline")
        assert not command.exists() or kept.read_bytes() not in command.read_bytes()
    assert kept.read_text() not in (directory / place.LOG).read_text()


def test_a_store_listens_at_its_port_of_last_time_again_and_after_its_server_was_killed(directory: Path) -> None:
    with hold(directory, listen=("127.0.0.1", 0)) as store:
        first = store.port_url
    with hold(directory, listen=("127.0.0.1", 0)) as store:
        assert store.port_url == first
        killed = store.pid
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: resp.server_pid(store.socket, place.password(directory)) not in {None, killed})
        store.revive()
        with redis.Redis.from_url(first) as client:
            assert client.ping()


def test_any_free_port_is_another_where_the_last_one_was_taken_meanwhile(directory: Path) -> None:
    with hold(directory, listen=("127.0.0.1", 0)) as store:
        taken = store.listens_at
    with socket.create_server(taken), hold(directory, listen=("127.0.0.1", 0)) as store:
        assert store.listens_at != taken


def test_a_port_that_another_program_has_is_named_with_what_to_change(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StoreUnreachable, match=rf"cannot listen at 127\.0\.0\.1:{port} .*\[store\] listen"):
            hold(directory, listen=("127.0.0.1", port))


def test_who_listens_at_no_port_shares_the_store_of_who_does(directory: Path) -> None:
    with hold(directory) as first, redis.Redis.from_url(first.url) as early:
        early.set("order", "1042")
        with hold(directory, listen=("127.0.0.1", 0)) as second, hold(directory) as third:
            assert first.pid == second.pid == third.pid
            assert early.get("order") == b"1042"
            with redis.Redis.from_url(third.url) as late:
                assert late.get("order") == b"1042"
            assert third.port_url is None


def test_a_port_that_was_taken_while_the_server_was_down_is_waited_for_and_not_replaced(directory: Path) -> None:
    with hold(directory, listen=("127.0.0.1", 0)) as store:
        told, killed = store.port_url, store.pid
        os.kill(killed, signal.SIGKILL)
        with wait_until(lambda: taken(store.listens_at)):
            with pytest.raises(StoreUnreachable, match="cannot listen at"):
                store.revive()
            with redis.Redis.from_url(store.url) as near:
                assert near.ping()
        store.revive()
        assert store.port_url == told
        with redis.Redis.from_url(told) as client:
            assert client.ping()


def test_a_store_that_did_not_get_its_port_goes_on_for_those_who_share_it(directory: Path) -> None:
    with hold(directory) as first, socket.create_server(("127.0.0.1", 0)) as other:
        with pytest.raises(StoreUnreachable):
            hold(directory, listen=other.getsockname()[:2])
        # the older greeting, as in other languages: a password that is not wanted is an error there
        with hold(directory) as second, redis.Redis.from_url(second.url, protocol=2) as client:
            assert first.pid == second.pid
            assert client.ping()

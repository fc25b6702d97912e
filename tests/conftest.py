"""What every test may ask for: a real store, and an empty one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.fakes.waiting import wait_until
from worker.embedded import hold, resp, server

os.environ["LEDGER_CLOCK"] = "by hand"  # for the workers of these tests too


@pytest.fixture(scope="session")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server for this test run, as a URL for redis-py; every write is on disk before its answer.

    The embedded Valkey, or with ORDERCAST_TEST_STORE=redis the redis-server of this machine.
    """
    directory = tmp_path_factory.mktemp("store")
    if os.environ.get("ORDERCAST_TEST_STORE") == "redis":
        with _redis_server(directory) as url:
            yield url
    else:
        with hold(directory) as store:
            yield store.url


@pytest.fixture
def clean_store(store_url: str) -> str:
    """The store's URL, with nothing in it."""
    with redis.Redis.from_url(store_url) as client:
        client.flushall()
    return store_url


@contextmanager
def _redis_server(directory: Path) -> Iterator[str]:
    binary = shutil.which("redis-server")
    assert binary, "ORDERCAST_TEST_STORE=redis needs a redis-server on the PATH"
    settings = server.SETTINGS | {"port": "0", "dir": str(directory), "unixsocket": str(directory / "redis.sock")}
    command = [binary, *(part for key, value in settings.items() for part in (f"--{key}", value))]
    with (directory / "redis.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as running:
        try:
            wait_until(lambda: resp.health(directory / "redis.sock") is resp.Health.READY)
            yield f"unix://{directory / 'redis.sock'}"
        finally:
            server.stop(running)

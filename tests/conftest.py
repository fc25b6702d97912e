"""What every test may ask for: a real store, and an empty one; and which tests go to which of several processes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from hypothesis import HealthCheck, settings

from tests.fakes.examples import EXAMPLES
from tests.fakes.rabbit import Rabbit
from tests.fakes.waiting import wait_until
from worker.embedded import hold, resp, server

os.environ["ORDERCAST_WEB_LISTEN"] = "off"  # no two tests want the same port
os.environ["LEDGER_CLOCK"] = "by hand"  # for the workers of these tests too

# How long an example takes is the machine's business.
settings.register_profile(
    "ordercast", max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ordercast")

INTAKE = "ordercast.intake"
VENDORS = ("retargeting", "shopscript", "orderdesk", "openbizbox")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what speaks Lua to the store, and let what is long come first where several processes share the tests."""
    for item in items:
        if "store_url" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.lua)
    if hasattr(config, "workerinput"):
        from tests.fakes.sharing import rank  # noqa: PLC0415  of pytest-xdist, which one process alone can do without

        items.sort(key=lambda item: rank(item.nodeid.partition("::")[0]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    from tests.fakes.sharing import Sharing  # noqa: PLC0415  as above

    return Sharing(config, log)


@pytest.fixture(scope="session")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server for this process of the test run, as a URL for redis-py.

    The embedded Valkey, or with ORDERCAST_TEST_STORE=redis the redis-server of this machine. It leaves its writes
    to the system: that they last is asked of stores that are killed (tests/ledger/test_durability.py, tests/flow).
    """
    directory = tmp_path_factory.mktemp("store")
    if os.environ.get("ORDERCAST_TEST_STORE") == "redis":
        with _redis_server(directory) as url:
            yield _unsynced(url)
    else:
        with hold(directory) as store:
            yield _unsynced(store.url)


def _unsynced(url: str) -> str:
    with redis.Redis.from_url(url) as client:
        client.config_set("appendfsync", "no")
    return url


@pytest.fixture
def clean_store(store_url: str) -> str:
    """The store's URL, with nothing in it."""
    with redis.Redis.from_url(store_url) as client:
        client.flushall()
    return store_url


@pytest.fixture(scope="session")
def rabbit_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rabbit]:
    """A RabbitMQ for this process of the test run: it takes longer to start than most tests of it to run."""
    with Rabbit(tmp_path_factory.mktemp("rabbit")) as node:
        yield node


@pytest.fixture
def rabbit(rabbit_node: Rabbit) -> Iterator[Rabbit]:
    """The same, with none of our queues in it, nor Celery's default one. A test that kills a node has one of its own."""
    ours = (INTAKE, "celery", *(f"ordercast.deliver.{kind}" for kind in VENDORS))
    rabbit_node.delete(*ours)  # where the test before ended badly
    yield rabbit_node
    rabbit_node.delete(*ours)


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

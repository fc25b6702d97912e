"""One sandbox for the whole suite, emptied before each test, and an account of each kind at it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest

from tests.conformance.account import Account
from worker.providers import KINDS
from worker.providers.http import Driver
from worker.sandbox import load_vendors
from worker.sandbox.server import Sandbox


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox(load_vendors(per_second=1e6, burst=1_000_000)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    with urlopen(Request(f"{running_sandbox.url}/_sandbox", method="DELETE")) as answer:
        assert answer.status == 204
    return running_sandbox


@pytest.fixture
def driver() -> Iterator[Driver]:
    driver = Driver()
    yield driver
    driver.close()


@pytest.fixture(params=list(KINDS))
def account(request: pytest.FixtureRequest, sandbox: Sandbox, driver: Driver) -> Account:
    return Account(request.param, sandbox, driver)

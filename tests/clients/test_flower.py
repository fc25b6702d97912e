"""Flower's button "add consumer" at a real worker, as its registry has it (``make clients``)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from tests.clients.clients import run
from tests.fakes.apart import INTAKE, HouseApart
from tests.fakes.ports import free_ports
from tests.fakes.revisions import revision
from tests.fakes.servers import Server
from tests.fakes.waiting import wait_until

pytestmark = pytest.mark.skipif(os.environ.get("ORDERCAST_CLIENTS") != "full", reason="installs Flower: make clients")

PACKAGES = ("flower==2.2.0", "celery==5.7.0", "redis==8.1.0", "packaging==26.3")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[HouseApart]:
    with Server(tmp_path / "store") as store, HouseApart(tmp_path, "retargeting", place=store.url) as made:
        yield made


@pytest.fixture
def flower(tmp_path: Path, house: HouseApart) -> Iterator[str]:
    """Its address."""
    run([sys.executable, "-m", "venv", str(tmp_path / "venv")], tmp_path)
    run([str(tmp_path / "venv/bin/python"), "-m", "pip", "install", "--quiet", *PACKAGES], tmp_path)
    [port] = free_ports(1)
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [
        str(tmp_path / "venv/bin/celery"),
        f"--broker={house.place}",
        "flower",
        "--address=127.0.0.1",
        f"--port={port}",
    ]
    with (tmp_path / "flower").open("wb") as log:
        running = subprocess.Popen(
            command, cwd=tmp_path, env=environ | {"FLOWER_UNAUTHENTICATED_API": "true"}, stdout=log, stderr=log
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(20)


@pytest.mark.timeout(300)
def test_flowers_button_is_answered_with_the_reason_and_no_order_is_lost(house: HouseApart, flower: str) -> None:
    wait_until(lambda: "w0@test" in asked(f"{flower}/api/workers?refresh=1"), 60, 0.5)
    code, told = pressed(f"{flower}/api/worker/queue/add-consumer/w0@test?queue={INTAKE}")
    assert code == 403
    assert "is read by Ordercast's own reader alone" in told
    assert house.send(revision("N0", 1)).get(timeout=20)["status"] == "accepted"
    assert INTAKE not in str(house.producer.control.inspect(timeout=2).active_queues())


def asked(url: str) -> dict[str, Any]:
    try:
        with urlopen(url) as answer:
            return json.loads(answer.read())
    except (URLError, ConnectionError):
        return {}


def pressed(url: str) -> tuple[int, str]:
    try:
        with urlopen(Request(url, method="POST")) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, f"{error.reason}{error.read().decode()}"

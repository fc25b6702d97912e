"""Other people's clients, as their registries have them, against a real worker; and the table that comes of it.

Installs from npm and PyPI, so they are skipped but for ``make clients``.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients import table
from tests.clients.clients import CLIENTS, REFUSED, Client, Missing
from tests.fakes.apart import HouseApart
from tests.fakes.bodies import event_body
from tests.fakes.rabbit import IS_HERE, Rabbit
from tests.fakes.servers import Server

IS_FULL = os.environ.get("ORDERCAST_CLIENTS") == "full"
pytestmark = pytest.mark.skipif(not IS_FULL, reason="installs other people's clients: make clients")

TOO_LONG_S = 180
Told = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clients")


@pytest.fixture(scope="module")
def commands(folder: Path) -> dict[str, list[str]]:
    return {}


@pytest.fixture(scope="module")
def houses(folder: Path) -> Iterator[dict[str, HouseApart]]:
    """A worker with a store on a port, for each broker: the store itself, and RabbitMQ with either type of queue."""
    made: dict[str, HouseApart] = {}
    nodes: list[Any] = []
    for broker in ("redis", "quorum", "classic"):
        store = Server(folder / f"store-{broker}").__enter__()
        nodes.append(store)
        address = ""
        if broker != "redis":
            assert IS_HERE, "needs Debian's rabbitmq-server"
            home = folder / f"rabbit-{broker}"
            home.mkdir()
            rabbit = Rabbit(home).__enter__()
            nodes.append(rabbit)
            address = rabbit.url
            os.environ["ORDERCAST_STORE_INTAKE_QUEUE_TYPE"] = broker
        home = folder / f"house-{broker}"
        home.mkdir()
        house = HouseApart(home, "retargeting", place=store.url, broker=address).__enter__()
        os.environ.pop("ORDERCAST_STORE_INTAKE_QUEUE_TYPE", None)
        made[broker] = house
        nodes.append(house)
    yield made
    for node in reversed(nodes):
        node.__exit__(None, None, None)


RUNS = [(client, broker) for client in CLIENTS for broker in client.brokers]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("client", "broker"), RUNS, ids=[f"{client.name}-{broker}" for client, broker in RUNS])
def test_what_a_client_sends_is_accepted_or_refused_with_an_answer(
    client: Client, broker: str, folder: Path, commands: dict[str, list[str]], houses: dict[str, HouseApart]
) -> None:
    try:
        command = commands.get(client.name) or client.install(folder / client.program.split(".")[0] / client.name)
    except Missing as lack:
        table.note(client, broker, {}, f"not tried: {lack} is not on this machine")
        pytest.skip(f"{lack} is not on this machine")
    commands[client.name] = command
    house = houses[broker]
    told = sent(client, command, broker, house, folder)
    table.note(client, broker, told, "")
    cannot_send = broker == "quorum" and not client.fits_quorum
    for way in client.ways[:1] if cannot_send else client.ways:
        answer = told[way]
        if cannot_send:
            assert "PRECONDITION_FAILED" in answer["error"], answer
        elif way in REFUSED:
            assert receipt(answer)["status"] == "refused", answer
            assert receipt(answer)["reason"] == "not_a_call"
        else:
            assert receipt(answer)["status"] == "accepted", (way, answer)
            assert receipt(answer)["event_id"] in {one.event_id for one in house.deliveries()}


def sent(client: Client, command: list[str], broker: str, house: HouseApart, folder: Path) -> Told:
    """What the client got back for each way of sending; what it printed last where it fell over."""
    name = client.name.split(" (")[0].replace(" ", "-")
    event = event_body(
        changes={"id": f"{name}-{broker}-WAY", "subject": f"{name}-WAY", "data.order.number": f"{name}-WAY"}
    )
    path = folder / f"{name}-{broker}.json"
    path.write_text(json.dumps(event))
    address = house.broker or house.place
    ran = subprocess.run(
        [*command, address, house.place, broker, str(path), *client.ways],
        capture_output=True,
        text=True,
        timeout=TOO_LONG_S,
        check=False,
        cwd=folder / client.program.split(".")[0] / client.name,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    told = {line["way"]: line for line in lines}
    if not told:
        told = {client.ways[0]: {"error": ran.stderr[-2000:]}}
    return told


def receipt(answer: dict[str, Any]) -> dict[str, Any]:
    found = answer.get("receipt") or {"status": answer.get("error")}
    return found[0] if isinstance(found, list) else found

"""docker-compose.yml, as far as it can be tried without an engine."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from ruamel.yaml import YAML

from tests.fakes.ports import free_ports
from tests.fakes.waiting import wait_until
from worker.embedded.server import server_binary
from worker.ops.local.supervisor import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
VARIABLES = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
ENTRYPOINT = '#!/bin/sh\nexec "$@" --port {port}\n'
PASSWORD = "0123456789abcdef"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return YAML(typ="safe").load(COMPOSE)["services"]


def test_the_file_of_variables_has_every_one_that_compose_and_the_example_ask_for(services: dict[str, Any]) -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    assert asked == {"STORE_PASSWORD"}
    secrets = set(
        re.findall(r'^[a-z_]+ = { env = "([A-Z_]+)"', (ROOT / "ordercast.example.toml").read_text(), re.MULTILINE)
    )
    assert secrets
    assert asked | secrets == VARIABLES
    assert services["worker"]["env_file"] == ".env"


def test_every_image_is_of_one_version(services: dict[str, Any]) -> None:
    images = [one["image"] for one in services.values() if "image" in one]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert len(images) == 3
    assert all(re.search(r":\d+\.\d+\.\d+(-[a-z-]+)?$", image) for image in images), images


def test_the_store_is_reached_from_this_machine_alone(services: dict[str, Any]) -> None:
    assert services["valkey"]["ports"] == ["127.0.0.1:6379:6379"]
    assert "ports" not in services["worker"]


@pytest.fixture
def started(services: dict[str, Any], tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The store as its container starts it, on a port of its own, with an entry point like the image's."""
    [port] = free_ports(1)
    entry = tmp_path / "docker-entrypoint.sh"
    entry.write_text(ENTRYPOINT.format(port=port))
    entry.chmod(0o755)
    (tmp_path / "valkey-server").symlink_to(server_binary())
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "VALKEYCLI_AUTH": PASSWORD}
    command = [word.replace("$$", "$") for word in services["valkey"]["command"]]
    running = subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=subprocess.DEVNULL)
    yield port, running
    running.kill()
    running.wait()


def test_the_store_wants_its_password_and_keeps_what_it_answers(started: tuple[int, subprocess.Popen[bytes]]) -> None:
    port, running = started

    def answers() -> bool:
        try:
            with redis.Redis(port=port, password=PASSWORD) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    wait_until(answers)
    with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    with redis.Redis(port=port, password=PASSWORD) as client:
        assert client.config_get("appendonly", "appendfsync", "save", "maxmemory-policy") == {
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        assert client.info("server")["process_id"] == running.pid, "the container's stop signal reaches it"
    assert PASSWORD.encode() not in Path(f"/proc/{running.pid}/cmdline").read_bytes()

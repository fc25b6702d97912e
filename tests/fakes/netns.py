"""Hosts for tests: network namespaces with an address of their own, joined to this one by a cable each.

Needs root and ``ip`` of iproute2; ``are_there_namespaces`` says whether they can be had.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from contextlib import ExitStack
from typing import Self

HERE = "127.0.0.1"


def are_there_namespaces() -> bool:
    """Whether this machine lets us make one."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        return False
    name = f"oc{secrets.token_hex(3)}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    if made.returncode:
        return False
    tried = subprocess.run(["ip", "netns", "exec", name, "true"], capture_output=True, check=False)
    _ip("netns", "del", name)
    return tried.returncode == 0


class Hosts:
    """So many hosts on one bridge; ``address`` is this machine's on it. A context manager."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.mark = secrets.token_hex(3)
        self.address = f"10.213.{secrets.randbelow(250)}.1"
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        bridge = f"ocb{self.mark}"
        _ip("link", "add", bridge, "type", "bridge")
        self._closing.callback(_ip, "link", "del", bridge)
        _ip("addr", "add", f"{self.address}/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for n in range(self.count):
            self._add(n, bridge)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def inside(self, n: int) -> tuple[str, ...]:
        """The words that run a command on this host."""
        return ("ip", "netns", "exec", self._name(n))

    def _add(self, n: int, bridge: str) -> None:
        name, cable, end = self._name(n), f"oca{n}{self.mark}", f"oce{n}{self.mark}"
        _ip("netns", "add", name)
        self._closing.callback(_ip, "netns", "del", name)
        _ip("link", "add", cable, "type", "veth", "peer", "name", end, "netns", name)
        _ip("link", "set", cable, "master", bridge, "up")
        _ip("-n", name, "addr", "add", f"{self.address[:-1]}{n + 2}/24", "dev", end)
        _ip("-n", name, "link", "set", end, "up")
        _ip("-n", name, "link", "set", "lo", "up")

    def _name(self, n: int) -> str:
        return f"oc{n}{self.mark}"


def _ip(*words: str) -> None:
    made = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert made.returncode == 0, f"ip {' '.join(words)}: {made.stderr}"

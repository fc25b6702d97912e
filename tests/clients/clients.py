"""Other people's Celery clients, pinned: how each is installed into a folder of its own, and how it is run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
ONE, LIST, KEYWORD, LEFT_OUT = "one event", "a list", "keyword", "keywords left out"
OLD, PACKED, URGENT, EXPIRED, LATER, LINKED = "protocol 1", "gzip", "priority 5", "expired", "countdown", "link"
REFUSED = (LATER, LINKED)
"""What is refused by every broker, with an answer."""


class Missing(RuntimeError):
    """What a client needs is not on this machine."""


@dataclass(frozen=True)
class Client:
    """``ways`` are what it can send; ``fits_quorum`` is whether it can send to the queue that
    the worker makes by itself: it declares the same one, or none."""

    name: str
    program: str
    packages: Mapping[str, str]
    ways: tuple[str, ...]
    python: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict)
    brokers: tuple[str, ...] = ("redis", "quorum", "classic")
    fits_quorum: bool = False

    def install(self, folder: Path) -> list[str]:
        """The command to run it with, once its packages are in the folder. Raises ``Missing``."""
        folder.mkdir(parents=True)
        return self._of_python(folder) if self.python else self._of_node(folder)

    def _of_python(self, folder: Path) -> list[str]:
        return [pip_installed(folder, self.python, self.packages), str(PROGRAMS / self.program)]

    def _of_node(self, folder: Path) -> list[str]:
        return [npm_installed(folder, self.packages, self.overrides), "--no-deprecation", str(PROGRAMS / self.program)]


CELERY = (ONE, LIST, KEYWORD, OLD, PACKED, URGENT, EXPIRED, LATER, LINKED)
CLIENTS = (
    Client("Celery 5.7.0", "celery_python.py", {"celery": "5.7.0", "redis": "8.1.0", "packaging": "26.3"}, CELERY, "3.11", fits_quorum=True),
    Client("Celery 5.3.6", "celery_python.py", {"celery": "5.3.6", "kombu": "5.3.7", "redis": "4.6.0"}, CELERY, "3.11", fits_quorum=True),
    Client("Celery 4.4.7", "celery_python.py", {"celery": "4.4.7", "redis": "3.5.3", "setuptools": "57.5.0"}, CELERY, "3.8", fits_quorum=True),
    Client("aio-celery 0.22.0", "aio_celery_client.py", {"aio-celery": "0.22.0", "redis": "8.1.0"}, (ONE, LIST, KEYWORD, LEFT_OUT, URGENT, LATER), "3.11", brokers=("quorum", "classic")),
    Client("celery-node 0.5.9", "celery_node.cjs", {"celery-node": "0.5.9"}, (ONE, LIST, KEYWORD, LEFT_OUT, OLD)),
    Client("celery-ts 1.2.3", "celery_ts.cjs", {"celery-ts": "1.2.3"}, (ONE, LIST, KEYWORD, LEFT_OUT, PACKED, URGENT, EXPIRED, LATER)),
    Client("node-celery 0.2.8 (with redis 2.8.0)", "node_celery.cjs", {"node-celery": "0.2.8"}, (OLD, LIST, KEYWORD, LATER), overrides={"redis": "2.8.0"}, fits_quorum=True),
)  # fmt: skip
"""Celery 5.3.6 as pip installs it today cannot run: it brings kombu 5.7, which wants another redis (29 November 2026)."""


def python(version: str) -> str | None:
    """An interpreter of this version: of the PATH, or of pyenv."""
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        return sys.executable
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [str(path) for path in sorted(root.glob(f"versions/{version}.*/bin/python"))]
    return found[-1] if found else shutil.which(f"python{version}")


def pip_installed(folder: Path, version: str, packages: Mapping[str, str]) -> str:
    """The Python of an environment in the folder that has these packages. Raises ``Missing``."""
    interpreter = python(version)
    if interpreter is None:
        raise Missing(f"Python {version}")
    told = [f"{name}=={pin}" for name, pin in packages.items()]
    run([interpreter, "-m", "venv", str(folder / "venv")], folder)
    run([str(folder / "venv/bin/python"), "-m", "pip", "install", "--quiet", *told], folder)
    return str(folder / "venv/bin/python")


def npm_installed(folder: Path, packages: Mapping[str, str], overrides: Mapping[str, str] | None = None) -> str:
    """This machine's Node.js, once the folder has these packages. Raises ``Missing``."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise Missing("Node.js and npm")
    manifest = {"private": True, "dependencies": dict(packages), "overrides": dict(overrides or {})}
    (folder / "package.json").write_text(json.dumps(manifest))
    run([npm, "install", "--no-audit", "--no-fund", "--silent"], folder)
    return node


def run(command: list[str], folder: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=600, check=False)
    assert ran.returncode == 0, f"{command}: {ran.stdout[-1000:]}{ran.stderr[-2000:]}"

"""The lines that a second terminal needs while `up` runs: where producers send, and what configures other commands."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.ops.local.config_file import EXPORTS
from worker.ops.local.machine import Machine
from worker.settings import DEFAULT_PATH, PATH_VARIABLE

BROKER = "BROKER"


def exports(machine: Machine) -> list[str]:
    """Lines for a shell. ``BROKER`` is the embedded store's address with its password: producers use it as Celery's
    broker and for its results. A store with an address of its own is known to whoever configured it. The usual
    configuration file is found without a word."""
    lines = []
    held = machine.held
    if held is not None and not machine.wanted.config.store.broker_url:
        lines.append(f"export {BROKER}={shlex.quote(held.port_url or held.celery_url)}")
    file = machine.wanted.config_file
    if file is not None and file != Path(DEFAULT_PATH).absolute():
        lines.append(f"export {PATH_VARIABLE}={shlex.quote(str(file))}")
    return lines


@contextmanager
def kept(lines: list[str], directory: Path) -> Iterator[Path | None]:
    """A file for its owner alone that has these lines, for as long as they are true.

    None where there are none, or where the directory cannot be written, as it may be beside a store elsewhere.
    """
    file = (directory / EXPORTS).absolute()
    try:
        _write(file, lines)
    except OSError:
        yield None
        return
    try:
        yield file if lines else None
    finally:
        file.unlink(missing_ok=True)


def _write(file: Path, lines: list[str]) -> None:
    file.unlink(missing_ok=True)
    if lines:
        file.touch(mode=0o600)
        file.write_text("".join(f"{line}\n" for line in lines))

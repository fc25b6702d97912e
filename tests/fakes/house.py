"""A whole Ordercast for flow tests: an embedded store, the simulated vendors, real worker processes, and a producer."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from urllib.request import Request, urlopen

from celery import Celery
from celery.result import AsyncResult

from schemas.delivery import Delivery, State
from tests.fakes.proxy import Proxy
from tests.fakes.waiting import wait_until
from worker.embedded import EmbeddedStore, hold
from worker.errors import StoreUnreachable
from worker.ledger.gates import pause_gate, resume_gate
from worker.ledger.queries.dead_letters import DeadLetters
from worker.ledger.queries.deliveries import Deliveries, Filter
from worker.ledger.queries.ledger_status import LedgerStatus
from worker.ledger.queries.status import ProviderRow
from worker.ledger.store.client import Store
from worker.sandbox import load_vendors, webhook
from worker.sandbox.server import Sandbox

ROOT = Path(__file__).parents[2]
VENDORS = ("retargeting", "shopscript", "orderdesk", "openbizbox")
ENVIRON = {
    "RETARGETING_KEY": "test-retargeting-key",
    "SHOPSCRIPT_TOKEN": "test-shopscript-token",
    "ORDERDESK_STORE": "1001",
    "ORDERDESK_KEY": "test-orderdesk-key",
    "OPENBIZBOX_ID": "test-client",
    "OPENBIZBOX_SECRET": "test-openbizbox-secret",
    "WEBHOOK_SECRET": webhook.SECRET,
}
CREDENTIALS = {
    "retargeting": 'api_key = { env = "RETARGETING_KEY" }',
    "shopscript": 'access_token = { env = "SHOPSCRIPT_TOKEN" }',
    "orderdesk": 'store_id = { env = "ORDERDESK_STORE" }\napi_key = { env = "ORDERDESK_KEY" }',
    "openbizbox": 'client_id = { env = "OPENBIZBOX_ID" }\nclient_secret = { env = "OPENBIZBOX_SECRET" }',
    "webhook": 'secret = { env = "WEBHOOK_SECRET" }\nallow_private = true',
}
SHORT = """rate = { per_second = 5000, burst = 5000 }
timeout = { connect_s = 1, read_s = 1, total_s = 1.5 }
settle_s = 2
retry = { first_s = 0.2, factor = 2, cap_s = 1, give_up_after_s = 600 }
gate = { trip_after = 5, cool_down_s = 0.3, cool_down_cap_s = 1, probe_s = 1 }
"""


_COMMAND = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("worker:")).split()[1:]
"""As it is shipped."""


class House:
    """Started and stopped as a context manager. ``providers`` are the vendors' kinds that are configured, ``tables``
    each one's tables below its own, as TOML. ``through`` names what is reached through a proxy in ``lines``: kinds, and
    the ``store``; ``host`` is where these proxies listen."""

    def __init__(
        self,
        directory: Path,
        *providers: str,
        settings: str = SHORT,
        workers: int = 1,
        tables: Mapping[str, str] | None = None,
        through: Collection[str] = (),
        host: str = "127.0.0.1",
    ) -> None:
        self.directory = directory
        self.kinds = providers or VENDORS
        self.settings = settings
        self.tables = tables or {}
        self.through = through
        self.host = host
        self.lines: dict[str, Proxy] = {}
        self.sandbox = Sandbox(load_vendors(per_second=5000, burst=5000))
        self.workers: list[subprocess.Popen[bytes]] = []
        self.worker_count = workers
        self._ended_before: Counter[str] = Counter()
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        self.sandbox.start()
        self._closing.callback(self.sandbox.stop)
        self.embedded: EmbeddedStore = self._closing.enter_context(hold(self.directory / "var"))
        self.store = Store(self.embedded.url)
        self._closing.callback(self.store.close)
        self.records, self.board, self.dead = Deliveries(self.store), LedgerStatus(self.store), DeadLetters(self.store)
        self.producer = Celery(broker=self.embedded.celery_url, backend=self.embedded.celery_url)
        self._closing.callback(self.producer.close)
        self.lines = {name: self.open_line(name) for name in self.through}
        self._write_config()
        self._closing.callback(self._stop_workers)
        for _ in range(self.worker_count):
            self.start_worker()
        wait_until(lambda: self.board.read("ordercast.intake").intake.letterbox, 20)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    @property
    def environ(self) -> dict[str, str]:
        config = str(self.directory / "ordercast.toml")
        return {**os.environ, **ENVIRON, "ORDERCAST_CONFIG": config, "PYTHONPATH": str(ROOT)}

    def _write_config(self) -> None:
        store = self.store_url(self.lines["store"]) if "store" in self.lines else ""
        tables = [f'[store]\nurl = "{store}"\n' if store else f'[store]\ndir = "{self.directory / "var"}"\n']
        for kind in self.kinds:
            base_url = self.sandbox.base_url(kind)
            if kind in self.lines:
                base_url = base_url.replace(self.sandbox.url, f"http://{self.host}:{self.lines[kind].port}")
            head = f'[providers.{kind}]\nkind = "{kind}"\nbase_url = "{base_url}"\nallow_http = true\n'
            tables.append(f"{head}{CREDENTIALS[kind]}\n{self.settings}{self.tables.get(kind, '')}")
        (self.directory / "ordercast.toml").write_text("\n".join(tables))

    def open_line(self, name: str) -> Proxy:
        """A line of its own to the store or a vendor, mended and open."""
        upstream = self.embedded.socket if name == "store" else (self.sandbox.host, self.sandbox.port)
        return self._closing.enter_context(Proxy(upstream, self.host))

    def store_url(self, line: Proxy) -> str:
        return f"redis://{line.host}:{line.port}/0"

    def start_worker(self, *before: str, cwd: Path | None = None, **environ: str) -> subprocess.Popen[bytes]:
        """One more worker; ``before`` are words that its command has in front."""
        name = f"w{len(self.workers)}@test"
        log = (self.directory / f"{name}.log").open("wb")
        command = [*before, sys.executable, "-m", *_COMMAND, "-n", name]
        environ = {**self.environ, **environ}
        worker = subprocess.Popen(command, env=environ, cwd=cwd or self.directory, stdout=log, stderr=log)
        log.close()
        self.workers.append(worker)
        return worker

    def living(self) -> list[subprocess.Popen[bytes]]:
        """The workers that have not ended, the oldest first."""
        return [worker for worker in self.workers if worker.poll() is None]

    def _stop_workers(self) -> None:
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
        for worker in self.workers:
            try:
                worker.wait(10)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()

    def logs(self) -> str:
        return "".join(path.read_text() for path in sorted(self.directory.glob("*.log")))

    def send(self, *events: object) -> AsyncResult[Any]:
        """Send events as a plain Celery producer does; gives the last one's result."""
        results = [self.producer.send_task("ordercast.accept", [event], queue="ordercast.intake") for event in events]
        return results[-1]

    def fault(self, kind: str, **fault: Any) -> None:
        """Have the vendor fail as told."""
        body = json.dumps(fault).encode()
        url = f"{self.sandbox.url}/_sandbox/{kind}/faults"
        with urlopen(Request(url, body, {"Content-Type": "application/json"})) as answer:
            assert answer.status == 201

    def befallen(self) -> int:
        """How many calls something has befallen at the vendors, but for a mere delay."""
        stages = [self._asked(kind, "faults") for kind in self.kinds]
        faults = [fault for faults in stages for fault in faults if fault["do"] != "delay"]
        return sum(fault["seen"] // fault["match"]["every"] for fault in faults)

    def pause(self) -> None:
        """Have every vendor's deliveries wait in the ledger."""
        for kind in self.kinds:
            pause_gate(self.store, kind, who="ann", why="to see what waits", at_ms=self.store.now_ms())

    def resume(self) -> None:
        for kind in self.kinds:
            resume_gate(self.store, kind, who="ann", why="seen")

    def anew(self) -> Self:
        """The same workers for a further test: nothing at the vendors, no fault, no dead letter, every gate open, and
        ``settled`` counts from here. What is in the ledger stays: an order needs a number that it has not had."""
        self.dead.discard_each([letter.id for letter in self.deliveries(state="dead")])
        for stale in ("", *(f"/{kind}/faults" for kind in self.kinds)):
            with urlopen(Request(f"{self.sandbox.url}/_sandbox{stale}", method="DELETE")) as answer:
                assert answer.status == 204
        wait_until(lambda: not any(_open(row) or row.gate.state == "tripped" for row in self.rows().values()), 30)
        self._ended_before = Counter({name: _ended(row) for name, row in self.rows().items()})
        return self

    def commits_late(self) -> bool:
        """Whether a vendor is still to do what it was asked."""
        return any(self.sandbox._stages[kind]._late for kind in self.kinds)

    def clear_faults(self) -> None:
        for kind in self.kinds:
            with urlopen(Request(f"{self.sandbox.url}/_sandbox/{kind}/faults", method="DELETE")) as answer:
                assert answer.status == 204

    def _asked(self, kind: str, what: str) -> Any:
        with urlopen(f"{self.sandbox.url}/_sandbox/{kind}/{what}") as answer:
            return json.loads(answer.read())

    def orders(self, kind: str) -> list[dict[str, Any]]:
        return self.sandbox.vendor(kind).orders()

    def keys(self, kind: str) -> list[str]:
        return sorted(order["key"] for order in self.orders(kind))

    def rows(self) -> dict[str, ProviderRow]:
        return {row.provider: row for row in self.board.read("ordercast.intake").providers}

    def deliveries(self, **wanted: Any) -> list[Delivery]:
        if "state" in wanted:
            wanted["state"] = State(wanted["state"])
        return list(self.records.listed(Filter(**wanted)))

    def lost_attempts(self) -> list[str]:
        """The attempts whose lease ran out: of each the provider and the number of the event."""
        prefix = self.store.keys.key("attempts", provider="*", seq="*")
        return [
            name.decode()
            for name in self.store.client.scan_iter(prefix, count=1000)
            if any(b"worker_lost" in attempt for attempt in self.store.client.lrange(name, 0, -1))
        ]

    def settled(self, events: int, within_s: float = 60) -> None:
        """Wait until that many events have come in and nothing of them is open but dead letters."""

        def is_settled() -> bool:
            try:
                rows = self.rows().values()
            except StoreUnreachable:
                return False
            ended = [_ended(row) - self._ended_before[row.provider] for row in rows]
            return all(count >= events for count in ended) and not any(map(_open, rows))

        try:
            wait_until(is_settled, within_s, 0.05)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.rows()}\n{self.logs()[-3000:]}") from None


def _ended(row: ProviderRow) -> int:
    return row.delivered + row.skipped + row.superseded + row.discarded + row.dead


def _open(row: ProviderRow) -> int:
    return row.pending + row.attempting + row.parked


def real_events(count: int) -> list[dict[str, Any]]:
    """The first of the real orders' events."""
    with gzip.open(ROOT / "tests/data/superstore-sample.jsonl.gz", "rt") as lines:
        return [json.loads(line) for _, line in zip(range(count), lines, strict=False)]

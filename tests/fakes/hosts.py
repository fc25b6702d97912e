"""Several hosts on one ledger, each with a configuration of its own, as real worker processes. Secrets are files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.fakes.house import CREDENTIALS, ENVIRON, House
from tests.fakes.waiting import wait_until
from worker.ledger.provider_rows import Table, read_table
from worker.ledger.queries.status import WorkerRow

HERE = "a"
SECRETS = ("RETARGETING_KEY", "SHOPSCRIPT_TOKEN", "ORDERDESK_KEY", "OPENBIZBOX_SECRET", "WEBHOOK_SECRET")
PROGRAM = "from worker.ops.cli import main; main()"


class Hosts(House):
    """A house whose own worker is host ``a``, with the kinds that it is made with; further hosts ``begin``."""

    def _write_config(self) -> None:
        self.names: dict[str, str] = {HERE: "w0@test"}
        for name in SECRETS:
            (self.directory / name).write_text(ENVIRON[name])
        self.configure(HERE, *self.kinds)

    def config(self, host: str) -> Path:
        return self.directory / ("ordercast.toml" if host == HERE else f"{host}.toml")

    def secret(self, name: str) -> Path:
        return self.directory / name

    def configure(self, host: str, *kinds: str, more: str = "") -> None:
        """Write a host's configuration, in one move."""
        parts = [f'[store]\ndir = "{self.directory / "var"}"\n']
        for kind in kinds:
            credentials = CREDENTIALS[kind]
            for name in SECRETS:
                credentials = credentials.replace(f'{{ env = "{name}" }}', f'{{ file = "{self.secret(name)}" }}')
            head = (
                f'[providers.{kind}]\nkind = "{kind}"\nbase_url = "{self.sandbox.base_url(kind)}"\nallow_http = true\n'
            )
            parts.append(f"{head}{credentials}\n{self.settings}{more}")
        replace_file(self.config(host), "\n".join(parts))

    def begin(self, host: str) -> subprocess.Popen[bytes]:
        """A worker of this host, as it is shipped; it beats when this returns."""
        self.names[host] = f"w{len(self.workers)}@test"
        worker = self.start_worker(ORDERCAST_CONFIG=str(self.config(host)))
        wait_until(lambda: self.worker(host), 20)
        return worker

    def worker(self, host: str) -> WorkerRow | None:
        rows = self.board.read("ordercast.intake").workers
        return next((row for row in rows if row.name == self.names[host]), None)

    def works_by(self, host: str) -> int:
        """The version of the table that a host's worker works by."""
        row = self.worker(host)
        return row.table if row else -1

    def said(self, host: str, event: str) -> list[dict[str, Any]]:
        """The lines of this event in a host's log."""
        text = (self.directory / f"{self.names[host]}.log").read_text()
        lines = [json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")]
        return [line for line in lines if line.get("event") == event]

    def ordercast(self, host: str, *words: str) -> subprocess.CompletedProcess[str]:
        """A command that is run on a host, without a terminal."""
        environ = {**self.environ, "ORDERCAST_CONFIG": str(self.config(host))}
        command = [sys.executable, "-c", PROGRAM, *words]
        return subprocess.run(command, env=environ, cwd=self.directory, capture_output=True, text=True, check=False)

    def table(self) -> Table:
        return read_table(self.store)

    def live(self) -> list[str]:
        return [row.name for row in self.table().rows if not row.gone]


def replace_file(path: Path, text: str) -> None:
    """Put a text in a file's place in one move, as tools do that write secrets."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text)
    fresh.replace(path)

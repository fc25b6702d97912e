"""The accounts as an ordercast.toml, and the providers made of it: the same for every contestant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.tally import ACCOUNTS
from schemas.config import Config
from worker.providers import make_provider
from worker.providers.base import Provider
from worker.providers.memory import ProcessMemory
from worker.settings import load_settings

SECRETS = {"BENCH_KEY": "bench-key", "BENCH_STORE": "1001"}
"""What a worker needs in its environment beside the file."""

MAX_IN_FLIGHT = 8

_KINDS = {"ads": "retargeting", "mail": "retargeting", "desk": "orderdesk", "store": "orderdesk"}
_PATHS = {"retargeting": "api/1.0", "orderdesk": "api/v2"}
_OWN = {
    "retargeting": "",
    # A bucket that is never empty: without a line here Order Desk's own limit of 3 calls a second is kept.
    "orderdesk": 'store_id = { env = "BENCH_STORE" }\nrate = { per_second = 1000000, burst = 1000000 }\n',
}


@dataclass(frozen=True, slots=True)
class Accounts:
    """Which of the four are configured, each with how many calls at a time."""

    in_flight: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(ACCOUNTS, MAX_IN_FLIGHT))

    @classmethod
    def sharing(cls, in_flight: int) -> Accounts:
        """All four, which share so many calls at a time as evenly as can be."""
        whole, more = divmod(in_flight, len(ACCOUNTS))
        return cls({name: whole + (number < more) for number, name in enumerate(ACCOUNTS)})

    def __len__(self) -> int:
        return len(self.in_flight)


ALL = Accounts()


def write_config(path: Path, port: int, store_dir: Path, accounts: Accounts = ALL) -> None:
    """An ordercast.toml with an embedded store in ``store_dir`` and the accounts at the stub's port."""
    tables = [_table(name, port, in_flight) for name, in_flight in accounts.in_flight.items()]
    path.write_text("\n".join([f'[store]\ndir = "{store_dir}"\n', *tables]))


def read_config(path: Path) -> Config:
    return load_settings(str(path), SECRETS)


def make_providers(config: Config) -> dict[str, Provider]:
    """The adapters of all accounts, which say what each is sent."""
    memory = ProcessMemory()
    return {name: make_provider(account, memory) for name, account in config.providers.items()}


def _table(name: str, port: int, in_flight: int) -> str:
    kind = _KINDS[name]
    return (
        f'[providers.{name}]\nkind = "{kind}"\nbase_url = "http://127.0.0.1:{port}/{name}/{_PATHS[kind]}"\n'
        f'api_key = {{ env = "BENCH_KEY" }}\nmax_in_flight = {in_flight}\n{_OWN[kind]}'
    )

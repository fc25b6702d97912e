"""The command line on a real store, run in this process, with a ledger beside it to set the scene."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tests.fakes.ledger import BURY, REJECTED, Ledger
from tests.fakes.split import SplitLedger
from worker.ops.cli import cli

PROVIDER = """
[providers.{name}]
kind = "webhook"
base_url = "http://127.0.0.1:1/hook"
allow_private = true
secret = {{ file = "{secret}" }}
"""
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # Standard Webhooks, the specification's example


class CommandLine:
    """Commands with a configuration of its own, whether its store is there or not. ``run`` gives click's result, the
    shorthands what they are named for. ``more`` stands in [store]."""

    def __init__(self, directory: Path, url: str, *names: str, shards: Sequence[str] = (), more: str = "") -> None:
        secret = directory / "secret"
        secret.write_text(SECRET)
        self.config = directory / "ordercast.toml"
        accounts = "".join(PROVIDER.format(name=name, secret=secret) for name in names)
        self.config.write_text(
            f'[store]\nurl = "{url}"\ndir = "{directory}/var"\nshards = {json.dumps(list(shards))}\n{more}\n{accounts}'
        )

    def run(self, *words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(cli, ["--config", str(self.config), *words], input=typed)

    def json(self, *words: str, code: int = 0) -> Any:
        """The one document on standard output."""
        result = self.run(*words, "--json")
        assert result.exit_code == code, (result.exit_code, result.output)
        return json.loads(result.stdout)

    def error(self, *words: str, code: int) -> str:
        """What a failing command says, without --json."""
        result = self.run(*words)
        assert result.exit_code == code, (result.exit_code, result.output)
        return result.stderr


class Ops(CommandLine):
    """The same on a store that is there, with a ledger to set the scene."""

    def __init__(self, directory: Path, url: str, *names: str, shards: Sequence[str] = ()) -> None:
        super().__init__(directory, url, *names, shards=shards)
        self.ledger = SplitLedger((url, *shards), *names) if shards else Ledger(url, *names)

    def bury(self, *events: Any, provider: str = "one") -> list[str]:
        """Accept events and make the provider's deliveries dead letters; their ids, in order of death."""
        self.ledger.accept(*events)
        for number, _ in enumerate(events):
            # Of several causes: twenty in a row of one would hold the provider.
            claim, fingerprint = self.ledger.claim(provider), "f1" if len(events) < 20 else f"f{number % 3}"
            self.ledger.finish(claim, REJECTED, BURY, provider, fingerprint=fingerprint)
            self.ledger.advance(0.01)
        return [one.id for one in reversed(self.ledger.deliveries(provider=provider, state="dead"))]

"""What ops handle, as iterables with verbs. No rule stands above it: the command line and the console ask and show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import msgspec

from schemas.config import Config, ProviderConfig
from schemas.delivery import Delivery, State
from worker.ledger.board import GateView, Status
from worker.ledger.connection import Store, shown
from worker.ledger.deadletters import Group
from worker.ledger.orders import OrderStory
from worker.ledger.refusals import KeptRefusal
from worker.ledger.table import read_table
from worker.ledger.whole.board import open_board
from worker.ledger.whole.gates import open_gates
from worker.ledger.whole.letters import open_letters, open_refusals
from worker.ledger.whole.reading import open_orders, open_records
from worker.ops.asked import Asked
from worker.ops.unclear import Unclear
from worker.ops.undoing import Call, Undoing
from worker.settings import config_digest

INTAKE_QUEUE = "ordercast.intake"
"""As ``worker.dispatch`` names it, which brings Celery along."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A configured provider without its secrets. ``rate`` is in calls; ``gate`` is there where the store answers and
    knows the provider."""

    provider: str
    kind: str
    base_url: str
    sources: tuple[str, ...]
    events: tuple[str, ...]
    max_in_flight: int
    rate: dict[str, float] | None
    gate: GateView | None = None


class Desk:
    """Where people work: lists, one order, the board, and what can be undone. Every method raises
    ``StoreUnreachable``.

    ``call`` is told which providers want a runner. ``embedded`` says that the store is the one that comes along.
    """

    def __init__(self, store: Store, config: Config, call: Call, *, embedded: bool = False) -> None:
        self.store = store
        self.config = config
        self.board = open_board(store, embedded=embedded)
        self.undoing = Undoing(store, config, call)

    def status(self) -> Status:
        return self.board.status(INTAKE_QUEUE)

    def strangeness(self) -> str | None:
        """What to know before believing the status: that the store takes nothing at present, or that the ledger works
        by another configuration than this."""
        if refusal := self.store.refusal():
            return f"Nothing goes on: {refusal}"
        table = read_table(self.store)
        if not table.version:
            return "The ledger has no providers yet: start a worker with `ordercast up`."
        if table.digest != config_digest(self.config):
            return "The ledger works by another configuration than this: `ordercast check --apply` would apply this."
        return None

    def deliveries(self, asked: Asked) -> Iterator[Delivery]:
        """What was asked for, newest first."""
        found = open_records(self.store).deliveries(asked.filter(self.store.now_ms()))
        return islice(found, asked.limit)

    def dead(self, asked: Asked) -> Iterator[Delivery]:
        """The dead letters among what was asked for."""
        return self.deliveries(replace(asked, state=State.DEAD))

    def groups(self, asked: Asked) -> Iterator[Group]:
        """Dead letters by cause. Raises ``Unclear`` where more is asked of them than provider and reason."""
        if replace(asked, provider=None, reason=None, limit=None) != Asked():
            raise Unclear("Groups can be asked for by --provider and --reason only.")
        found = open_letters(self.store).groups(asked.provider)
        return islice((group for group in found if asked.reason in (None, group.reason)), asked.limit)

    def refusals(self, asked: Asked) -> Iterator[KeptRefusal]:
        """What could not be accepted, newest first, by source, reason and time."""
        found = (
            kept
            for kept in open_refusals(self.store).listed(*asked.bounds_ms(self.store.now_ms()))
            if asked.source in (None, kept.shown.source) and asked.reason in (None, kept.shown.reason)
        )
        return islice(found, asked.limit)

    def order(self, number: str, source: str | None = None) -> OrderStory | None:
        """An order with all that happened to it, ``None`` where there is none. Raises ``Unclear`` where several sources
        have one of that number."""
        orders = open_orders(self.store)
        named = orders.named(number, source)
        if len(named) > 1:
            known = ", ".join(one for one, _ in named)
            raise Unclear(f"Order {number} exists at {known}: say which with --source.")
        return orders.story(named[0][1]) if named else None

    def gates(self) -> dict[str, GateView]:
        """The gate of every provider in the ledger."""
        return {row.provider: row.gate for row in self.status().providers}

    def pause(self, provider: str, *, who: str, why: str) -> GateView | None:
        """Let no lane through until somebody resumes. Raises ``Unclear`` for a provider that nobody knows."""
        self._check(provider)
        open_gates(self.store).pause(provider, who=who, why=why, at_ms=self.store.now_ms())
        return self.gates().get(provider)

    def resume(self, provider: str, *, who: str, why: str) -> bool:
        """Open a provider's gate, whatever closed it. False where it was open. Raises ``Unclear`` as ``pause`` does."""
        self._check(provider)
        return open_gates(self.store).resume(provider, who=who, why=why)

    def _check(self, provider: str) -> None:
        known = dict.fromkeys([row.name for row in read_table(self.store).rows if not row.gone])
        known |= dict.fromkeys(self.config.providers)
        if provider not in known:
            raise Unclear(f"There is no provider {provider!r}; known are {', '.join(known) or 'none'}.")


def accounts(config: Config, gates: dict[str, GateView] | None = None) -> list[Account]:
    """The configured providers, with their gates where these are known."""
    return [_account(one, (gates or {}).get(one.name)) for one in config.providers.values()]


def _account(config: ProviderConfig, gate: GateView | None) -> Account:
    rate: Any = config.rate and msgspec.to_builtins(config.rate)
    return Account(
        provider=config.name,
        kind=config.kind,
        base_url=shown(config.base_url),
        sources=config.sources,
        events=config.events,
        max_in_flight=config.max_in_flight,
        rate=rate,
        gate=gate,
    )

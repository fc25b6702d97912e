"""The read side of a vendor for people: what may be asked of an account, and its answers without our secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from schemas.config import Config
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers import KindBroken
from worker.errors import ConfigError, NothingMatched, OrdercastError
from worker.masks import MASK, pattern_of
from worker.ops.desk.advice import Advice, BadRequest
from worker.ops.desk.check import provider_finding
from worker.ops.desk.findings import Level
from worker.providers import make_provider
from worker.providers.base import Provider, Question, Read
from worker.providers.http import Driver
from worker.providers.memory import ProcessMemory

TEST = "test"
"""Asked of every account: whether it answers, and takes our credentials."""


NOTHING = r"(?!)"
"""A pattern that is found nowhere."""


class NoAnswer(OrdercastError):
    """The vendor gave no answer to the question: the outcome says why. Exit code 3 where it has no such order."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.message or f"The vendor gave no answer: {outcome.reason}.")
        self.reason = outcome.reason.value
        if outcome.reason is Reason.UNKNOWN_ORDER:
            self.exit_code = NothingMatched.exit_code


class Listed(msgspec.Struct, frozen=True):
    """A question that may be asked. ``filters`` are the vendor's own parameters, each with what it means."""

    question: str
    about: str
    takes_id: bool
    filters: dict[str, str]


def open_account(config: Config, name: str) -> Provider:
    """The configured account of this name. Raises ``BadRequest`` for one that is not configured, ``ConfigError`` for
    one whose kind cannot be loaded, or whose secrets cannot be read."""
    if name not in config.providers:
        message = f"There is no provider {name!r}; configured are {', '.join(config.providers) or 'none'}."
        advice = None if config.providers else Advice.NAME_CONFIGURATION
        raise BadRequest(message, advice, field="provider", name=name)
    if locked := config.providers[name].locked:
        raise ConfigError([locked])
    try:
        return make_provider(config.providers[name], ProcessMemory())
    except KindBroken as fault:
        raise ConfigError([f"providers.{name}.kind: {fault}"]) from fault


class VendorQueries:
    """Questions of people to one account. They pass by its gate and its lanes, and change nothing at the vendor."""

    def __init__(self, provider: Provider, driver: Driver) -> None:
        self.provider = provider
        self.driver = driver
        self._secrets = re.compile(pattern_of(provider.secrets) or NOTHING)

    @property
    def questions(self) -> list[Listed]:
        """All that may be asked beside ``test``; empty where the vendor has no call that reads."""
        return [
            Listed(name, one.about, one.takes_id, dict(one.filters)) for name, one in self.provider.questions.items()
        ]

    def pages(self, name: str, wanted: str, filters: Mapping[str, str]) -> Iterator[Any]:
        """The answer a page at a time, as the vendor gave it but for our secrets. A list is a page of rows, anything
        else one document. ``wanted`` is an id, empty where the question takes none.

        Raises ``BadRequest`` before anything is asked, and ``NoAnswer`` for a page that does not come.
        """
        question = self._question(name, wanted, filters)
        more: str | None = None
        while True:
            read = self.driver.read(self.provider, question.ask(wanted, filters, more))
            if isinstance(read, Outcome):
                raise NoAnswer(read)
            yield self._masked(read.tree)
            if not _goes_on(read, more):
                return
            more = read.more

    def test(self) -> str:
        """What the account's own test says, where it is passed; where the vendor has none, whether a connection can be
        made. Raises ``NoAnswer`` where it fails."""
        test = self.provider.test()
        if test is None:
            found = provider_finding(self.provider, self.driver)
            if found.level is Level.FAIL:
                raise OrdercastError(found.message)
            return found.message
        outcome = self.driver.converse(self.provider, test).outcome
        if outcome.kind is not OutcomeKind.ACCEPTED:
            raise NoAnswer(outcome)
        return outcome.message or "It answers, and takes our credentials."

    def _question(self, name: str, wanted: str, filters: Mapping[str, str]) -> Question:
        known = self.provider.questions
        kind = self.provider.kind
        if not known:
            raise BadRequest(
                f"A {kind} account can be asked nothing but `test`: its vendor has no call that reads orders."
            )
        if name not in known:
            raise BadRequest(
                f"There is no question {name!r} to a {kind} account; known are {', '.join([*known, TEST])}."
            )
        question = known[name]
        if question.takes_id and not wanted:
            raise BadRequest(f"The question {name!r} wants an ID: {question.about.rstrip('.')}.")
        if wanted and not question.takes_id:
            raise BadRequest(f"The question {name!r} takes no ID, only filters: {_named(question.filters)}.")
        if strange := [one for one in filters if one not in question.filters]:
            raise BadRequest(
                f"The question {name!r} has no filter {strange[0]!r}; known are {_named(question.filters)}."
            )
        return question

    def _masked(self, tree: Any) -> Any:
        """The same tree without our secrets. Numbers stay as they were written: beyond a double, beyond 64 bits."""
        if isinstance(tree, str):
            return self._secrets.sub(MASK, tree)
        if isinstance(tree, Mapping):
            hidden = self.provider.secret_fields
            return {
                self._masked(str(name)): MASK if name in hidden and branch else self._masked(branch)
                for name, branch in tree.items()
            }
        if isinstance(tree, list | tuple):
            return [self._masked(branch) for branch in tree]
        if isinstance(tree, Decimal | int) and not isinstance(tree, bool):
            return MASK if self._secrets.search(str(tree)) else msgspec.Raw(str(tree).encode())
        return tree


def _goes_on(read: Read, asked: str | None) -> bool:
    """Whether there is a next page. One that points at itself would be read for ever."""
    return read.more is not None and read.more != asked


def _named(filters: Mapping[str, str]) -> str:
    return ", ".join(filters) or "none"

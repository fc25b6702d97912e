"""A provider account with nothing vendor-like about it, for tests of what lies below the adapters."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from schemas.config import ProviderConfig, Secret, Timeout
from schemas.outcome import Outcome, OutcomeKind, Reason
from tests.fakes.wire import ShortMemory
from worker.providers.base import Conversation, Job, Operation, Provider, Request

QUICK = Timeout(connect_s=0.3, read_s=0.5, total_s=0.6)


class _Options(msgspec.Struct, frozen=True):
    api_key: Secret = Secret("an-api-key")


class Account(Provider):
    """An account at ``base_url``."""

    kind: ClassVar[str] = "plain"

    def operation(self, job: Job) -> Operation:
        raise NotImplementedError


def account(base_url: str, *, secret: str = "an-api-key", timeout: Timeout = QUICK, **settings: Any) -> Account:
    config = ProviderConfig(
        name="shop", kind="plain", base_url=base_url, options=_Options(Secret(secret)), timeout=timeout, **settings
    )
    return Account(config, ShortMemory())


ACCEPTED = Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.SAVED)


def asking(*requests: Request, seen: list | None = None, outcome: Outcome = ACCEPTED) -> Conversation:
    """A conversation of these requests with this outcome when all are answered; what came back goes to ``seen``."""
    for request in requests:
        reply = yield request
        if seen is not None:
            seen.append(reply)
    return outcome


def read(path: str = "/orders", **fields: Any) -> Request:
    return Request("GET", path, step="read", **fields)


def write(path: str = "/orders", body: bytes = b"order=1", **fields: Any) -> Request:
    return Request("POST", path, step="write", body=body, mutating=True, **fields)

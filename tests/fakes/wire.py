"""Conversations without a network: against a list of replies, or straight against a simulated vendor."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Generator, Mapping
from typing import Any

from schemas.config import ProviderConfig
from worker.providers.base import Provider, Reply, Request
from worker.sandbox import BASE_PATHS
from worker.sandbox.base import Vendor, VendorCall

_PATHS = {kind: path.removeprefix(f"/{kind}") for kind, path in BASE_PATHS.items()}


class ShortMemory:
    """A provider's memory for one test. Nothing expires; ``kept`` shows what was kept and for how many seconds."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, float]] = {}

    def recall(self, name: str) -> str | None:
        return self.kept[name][0] if name in self.kept else None

    def keep(self, name: str, value: str, ttl_s: float) -> None:
        self.kept[name] = (value, ttl_s)

    def keep_first(self, name: str, value: str, ttl_s: float) -> str:
        return self.kept.setdefault(name, (value, ttl_s))[0]

    def forget(self, name: str) -> None:
        self.kept.pop(name, None)


def open_account(kind: type[Provider], options: Any, **settings: Any) -> Provider:
    """A provider of this kind with these options (the kind's Struct), named after its kind."""
    config = ProviderConfig(name=kind.kind, kind=kind.kind, base_url="http://127.0.0.1", options=options, **settings)
    return kind(config, ShortMemory())


def reply(
    status: int = 200, body: bytes | str | dict | list = b"", headers: Mapping[str, str] | None = None, *, cut=False
) -> Reply:
    """An answer: bytes and text as they are, anything else as JSON."""
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lower = {name.lower(): text for name, text in (headers or {"Content-Type": "application/json"}).items()}
    return Reply(status=status, headers=lower, body=body, cut=cut)


def converse(conversation: Generator[Request, Reply, Any], *replies: Reply) -> tuple[list[Request], Any]:
    """Drive a conversation with these replies: the requests it made, and what it returned.

    Fails where it asks for more than there are replies, or ends before it has read them all.
    """
    requests: list[Request] = []
    left = iter(replies)
    answer: Reply | None = None
    while True:
        try:
            requests.append(next(conversation) if answer is None else conversation.send(answer))
        except StopIteration as end:
            unread = list(left)
            assert not unread, f"ended with {len(unread)} replies unread"
            return requests, end.value
        answer = next(left, None)
        assert answer is not None, f"asked for a reply too many: {requests[-1].method} {requests[-1].path}"


def run(conversation: Generator[Request, Reply, Any], vendor: Vendor, clock: Callable[[], float] | None = None) -> Any:
    """Drive a conversation against a simulated vendor, in this process: the Outcome, Found or Absent it returns."""
    tick = clock or itertools.count(1_700_000_000).__next__
    answer: Reply | None = None
    while True:
        try:
            request = next(conversation) if answer is None else conversation.send(answer)
        except StopIteration as end:
            return end.value
        answer = exchange(request, vendor, at=tick())


def exchange(request: Request, vendor: Vendor, at: float = 0.0) -> Reply:
    """What this vendor answers to this request."""
    path, _, query = (_PATHS.get(vendor.kind, "") + request.path).partition("?")
    headers = {name.lower(): text for name, text in request.headers.items()}
    call = VendorCall(request.method, path or "/", query, headers, request.body, at)
    answer = vendor.answer(call)
    return reply(answer.status, answer.body, answer.headers)

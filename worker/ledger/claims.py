"""What a runner holds after a step: a claim, or why it has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from schemas.delivery import Link
from schemas.event import Event
from schemas.order import Order
from worker.ledger.store.client import Epoch, text
from worker.ledger.store.codec import unpack_event, unpack_link


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery to attempt, held under a lease. Instants are the store's clock in milliseconds.

    ``maybe_since_ms`` is doubt about the order, ``doubt_since_ms`` doubt about this delivery of it: when a request of
    unknown fate was last on the wire, 0 where a person vouches that it was not done. ``tries`` counts what backoff
    counts. ``ends_ms`` is when the lease ends. ``open_ms`` is the gate's clock of open hours, ``first_open_ms`` what it
    showed at the first try. ``attempted_ms`` is when it was last tried, ``readable_ms`` when the provider last gave
    anyone a readable answer. ``calls`` is how many runners to call. ``known`` is the body of the order's last snapshot,
    where the delivery is an action and that body is kept. ``even_ms`` is since when the store's clock is known to have
    run without a jump, told where anything is in doubt. ``probes_failed`` counts its attempts that were the gate's
    probe and failed, ``own_failures`` those in a row whose trouble was its own alone.
    """

    token: str
    order: str
    seq: int
    kind: str
    body: bytes
    accepted_ms: int
    number: int
    started_ms: int
    ends_ms: int
    gate_epoch: int
    now_ms: int
    open_ms: int
    tested_ms: int
    link: Link | None
    maybe_since_ms: int | None
    tries: int
    doubt_since_ms: int | None
    first_open_ms: int | None
    edit: int
    unauthorized_ms: int | None
    own_failures: int
    attempted_ms: int | None
    readable_ms: int
    calls: int
    epoch: Epoch
    known: bytes | None = None
    probes_failed: int = 0
    even_ms: int = 0

    @property
    def event(self) -> Event:
        return unpack_event(self.body)

    @property
    def known_order(self) -> Order | None:
        """The order as it was last accepted, for an action that carries none itself."""
        return unpack_event(self.known).data.order if self.known else None


@dataclass(frozen=True, slots=True)
class Wait:
    """The gate lets no lane through: why, and for how long. The runner is still registered."""

    why: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class Probe:
    """The gate is held for credentials and wants the adapter's test call."""

    gate_epoch: int


@dataclass(frozen=True, slots=True)
class Left:
    """The runner has been taken off; so many runners are to be called in its place."""

    calls: int


Claimed = Claim | Wait | Probe | Left | None

AS_IT_WAS = b"!~"
"""Marks before a step's answer that say that the delivery has not become what the step was to make it."""


class ClaimRecord(NamedTuple):
    """A claim as it is kept under its lane, each field as text: see lib/claim_record.lua, which names the same."""

    token: str
    past: str
    taken: str
    seq: str
    number: str
    started: str
    epoch: str
    kind: str
    ends: str
    runner: str


def read_claim_record(kept: bytes) -> ClaimRecord:
    """The claim from its text."""
    return ClaimRecord(*text(kept).split("|", _BARS))


_BARS = len(ClaimRecord._fields) - 1


class ClaimAnswer(NamedTuple):
    """What a runner's step answers where it has claimed, in the order of ``claim.answer`` in lib/claim.lua, which names
    the same fields. Without a past a claim has the first ten alone."""

    word: bytes
    record: bytes
    order: bytes
    body: bytes
    accepted_ms: bytes
    now_ms: int
    open_ms: int
    tested_ms: int
    readable_ms: int
    calls: int
    link: bytes | None = None
    maybe_since_ms: bytes | None = None
    tries: bytes | None = None
    doubt_since_ms: bytes | None = None
    first_open_ms: bytes | None = None
    edit: bytes | None = None
    unauthorized_ms: bytes | None = None
    own_failures: bytes | None = None
    attempted_ms: bytes | None = None
    known: bytes | None = None
    probes_failed: bytes | None = None
    even_ms: bytes | None = None


def read_claimed(answer: list[Any], epoch: Epoch) -> Claimed:
    """The answer of a runner's step."""
    word = answer[0].lstrip(AS_IT_WAS)
    if word == b"claim":
        return _claim(ClaimAnswer(*answer), epoch)
    if word == b"wait":
        return Left(0) if answer[3] else Wait(text(answer[1]), int(answer[2]) / 1000)
    if word == b"left":
        return Left(int(answer[1]))
    return Probe(int(answer[1])) if word == b"test" else None


def _claim(answer: ClaimAnswer, epoch: Epoch) -> Claim:
    record = read_claim_record(answer.record)
    return Claim(
        token=record.token,
        order=text(answer.order),
        seq=int(record.seq),
        kind=record.kind,
        body=answer.body,
        accepted_ms=int(answer.accepted_ms),
        number=int(record.number),
        started_ms=int(record.started),
        ends_ms=int(record.ends),
        gate_epoch=int(record.epoch),
        now_ms=int(answer.now_ms),
        open_ms=int(answer.open_ms),
        tested_ms=int(answer.tested_ms),
        readable_ms=int(answer.readable_ms),
        calls=int(answer.calls),
        link=unpack_link(answer.link),
        maybe_since_ms=_whole(answer.maybe_since_ms),
        tries=_whole(answer.tries) or 0,
        doubt_since_ms=_whole(answer.doubt_since_ms),
        first_open_ms=_whole(answer.first_open_ms),
        edit=_whole(answer.edit) or 0,
        unauthorized_ms=_whole(answer.unauthorized_ms),
        own_failures=_whole(answer.own_failures) or 0,
        attempted_ms=_whole(answer.attempted_ms),
        known=answer.known or None,
        probes_failed=_whole(answer.probes_failed) or 0,
        even_ms=_whole(answer.even_ms) or 0,
        epoch=epoch,
    )


def _whole(value: bytes | None) -> int | None:
    return int(float(value)) if value else None

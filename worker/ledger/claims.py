"""What a runner holds after a step: a claim, or why it has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    counts. ``open_ms`` is the gate's clock of open hours, ``first_open_ms`` what it showed at the first try.
    ``attempted_ms`` is when it was last tried, ``readable_ms`` when the provider last gave anyone a readable answer.
    ``calls`` is how many runners to call. ``known`` is the body of the order's last snapshot, where the delivery is an
    action and that body is kept. ``even_ms`` is since when the store's clock is known to have run without a jump, told
    where anything is in doubt. ``probes_failed`` counts its attempts that were the gate's probe and failed,
    ``alone_row`` those in a row whose trouble was its own alone.
    """

    token: str
    order: str
    seq: int
    kind: str
    body: bytes
    accepted_ms: int
    number: int
    started_ms: int
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
    alone_row: int
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

ALWAYS = 10
NO_PAST = (None,) * 12
"""So many fields a claim always has, and so many more with a past."""


def read_claimed(answer: list[Any], epoch: Epoch) -> Claimed:
    """The answer of a runner's step."""
    word = answer[0].lstrip(AS_IT_WAS)
    if word == b"claim":
        return _claim(answer, epoch)
    if word == b"wait":
        return Left(0) if answer[3] else Wait(text(answer[1]), int(answer[2]) / 1000)
    if word == b"left":
        return Left(int(answer[1]))
    return Probe(int(answer[1])) if word == b"test" else None


def _claim(f: list[Any], epoch: Epoch) -> Claim:
    """The fields in the order of ``claim_answer`` in lib/claim.lua; the first as in lib/held.lua."""
    token, _, _, seq, number, started, gate_epoch, kind, _ = text(f[1]).split("|", 8)
    past = f[ALWAYS:] or NO_PAST
    return Claim(
        token=token,
        order=text(f[2]),
        seq=int(seq),
        kind=kind,
        body=f[3],
        accepted_ms=int(f[4]),
        number=int(number),
        started_ms=int(started),
        gate_epoch=int(gate_epoch),
        now_ms=int(f[5]),
        open_ms=int(f[6]),
        tested_ms=int(f[7]),
        readable_ms=int(f[8]),
        calls=int(f[9]),
        link=unpack_link(past[0]),
        maybe_since_ms=_whole(past[1]),
        tries=_whole(past[2]) or 0,
        doubt_since_ms=_whole(past[3]),
        first_open_ms=_whole(past[4]),
        edit=_whole(past[5]) or 0,
        unauthorized_ms=_whole(past[6]),
        alone_row=_whole(past[7]) or 0,
        attempted_ms=_whole(past[8]),
        known=past[9] or None,
        probes_failed=_whole(past[10]) or 0,
        even_ms=_whole(past[11]) or 0,
        epoch=epoch,
    )


def _whole(value: bytes | None) -> int | None:
    return int(float(value)) if value else None

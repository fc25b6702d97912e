"""What is done while it is open whether an earlier request was carried out (design 6). Pure: values in, values out.

``since`` says what is open, ``before`` what comes first, ``after`` what a look-up's answer means.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar, Generic, TypeVar

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.sighting import Absent, Found, LookupResult, OnUnknown, Settled, Undetermined
from worker.policy.past import Past
from worker.policy.plan import Plan

LookUp = TypeVar("LookUp")

KEPT_LATE_MS = 5000
"""Doubt of a restart that an attempt could not end is kept by how long ago it was, which comes out a little later."""


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """What is open before an attempt. Instants are the store's clock in milliseconds, ``None`` where nothing is open.

    ``own_ms`` is since when it is open whether this very delivery was made. ``sent_ms`` is when a request of unknown
    fate, its own or another of its order, was last on the wire, as far as the clock can be trusted. ``restarted_ms``
    is when a store began that came back as another: it knows nothing of what was on the wire by then. ``is_linked``
    says that the order is known there by its id, ``is_action`` that no snapshot is to be delivered.
    """

    now_ms: int
    settle_s: float
    own_ms: int | None = None
    sent_ms: int | None = None
    restarted_ms: int | None = None
    is_linked: bool = False
    is_action: bool = False

    @property
    def to_look_up_ms(self) -> int | None:
        """Since when a look-up has something to answer. That an order is linked shows that a forgotten request has
        created it, and nothing of an action."""
        return _latest(self.sent_ms, self.restarted_ms if self.is_action or not self.is_linked else None)

    @property
    def to_rest_ms(self) -> int | None:
        """Since when a request may be under way that an order at rest is safe from, where nobody looks first."""
        return _latest(self.sent_ms, self.restarted_ms if self.is_linked else None)

    @property
    def may_change_ms(self) -> int | None:
        """Since when a request may be under way that changes an order which is there: that it is there shows that it
        was created, and nothing of what was sent to it since."""
        return _latest(self.sent_ms if self.is_linked else None, self.restarted_ms)

    def left_s(self, sent_ms: int | None) -> float:
        """How long a request that was on the wire then may still be carried out; 0 or less where it cannot any more."""
        return 0.0 if sent_ms is None else self.settle_s - (self.now_ms - sent_ms) / 1000


class LookFirst(msgspec.Struct, Generic[LookUp], frozen=True):
    """Look at the provider before anything is sent: it is open since ``since_ms`` what was done."""

    since_ms: int
    look_up: LookUp


class Go(msgspec.Struct, frozen=True):
    """Go on and converse. ``since_ms`` is since when it is open still, ``clears`` says that a look-up has just told
    what was done, ``link`` is what it found."""

    since_ms: int | None = None
    clears: bool = False
    link: Link | None = None


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """Send nothing for ``wait_s``: the attempt ends with ``outcome``. ``is_unasked`` says that the provider was not
    even looked at for it, so that it is no attempt at all."""

    outcome: Outcome
    wait_s: float
    since_ms: int | None
    is_unasked: bool = False
    clears: ClassVar[bool] = False


class Conclude(msgspec.Struct, frozen=True):
    """The attempt ends with what the look-up came to: done already, or not known, and then it is open still."""

    outcome: Outcome
    since_ms: int | None = None

    @property
    def clears(self) -> bool:
        return self.since_ms is None


class AskPerson(msgspec.Struct, frozen=True):
    """Nobody but a person can tell: the attempt ends with ``outcome``, which says what to compare."""

    outcome: Outcome
    since_ms: int
    clears: ClassVar[bool] = False


Step = Go | Rest | Conclude | AskPerson
"""What follows from what is open, once it was looked up where that is the way."""


def since(past: Past, plan: Plan) -> Doubt:
    """What is open of a delivery. Nothing that was sent where a person forced a replay: whoever does so has looked."""
    own_ms, link, life = past.doubt_since_ms, past.link, past.epoch
    is_vouched = own_ms == 0
    sent_ms = None if is_vouched else _latest(_counted(past, own_ms), _counted(past, past.maybe_since_ms))
    is_forgotten = life.number > 1 and life.began_ms > 0 and past.accepted_ms <= life.began_ms + plan.recheck_s * 1000
    return Doubt(
        now_ms=past.now_ms,
        settle_s=plan.settle_s,
        own_ms=own_ms or None,
        sent_ms=sent_ms,
        restarted_ms=life.began_ms if is_forgotten and not is_vouched else None,
        is_linked=link is not None and link.order_id is not None,
        is_action=past.kind == "a",
    )


def before(
    doubt: Doubt, on_unknown: OnUnknown, look_up: LookUp | None, *, sends: bool
) -> LookFirst[LookUp] | Go | Rest | AskPerson:
    """What comes first. What only a person can tell of asks where it was sent, not where merely the store was away.

    What is sent without looking lets the order rest first: a provider that still does what it was asked before would
    else undo it with what is older. ``look_up`` is the operation's own, ``sends`` says that it sends anything.
    """
    if on_unknown == "ask" and doubt.own_ms is not None:
        asks = Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.UNKNOWN, message=_ASKS)
        return AskPerson(asks, doubt.own_ms)
    if on_unknown == "look_up" and look_up is not None:
        open_ms = doubt.to_look_up_ms
        return Go() if open_ms is None else LookFirst(open_ms, look_up)
    left_s = doubt.left_s(doubt.to_rest_ms)
    if left_s <= 0 or not sends:
        return Go(doubt.own_ms)
    rests = Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.TOO_EARLY)
    return Rest(outcome=rests, wait_s=left_s, since_ms=doubt.own_ms, is_unasked=True)


def after(sighting: LookupResult, doubt: Doubt, since_ms: int) -> Step:
    """What a look-up's answer means, where it was open since ``since_ms``. *Found* counts at once, *absent* only when
    no request can create it any more; a look-up's own failure decides whether we know, never what becomes of it."""
    if isinstance(sighting, Found):
        sent_ms = doubt.may_change_ms
        if sent_ms is not None and doubt.left_s(sent_ms) > 0:
            return _too_early(doubt, since_ms, sent_ms, _MAY_CHANGE)
        return Go(clears=True, link=sighting.link)
    if isinstance(sighting, Settled):
        kind, message = OutcomeKind.ACCEPTED, sighting.message
        return Conclude(Outcome(kind=kind, reason=sighting.reason, message=message, link=sighting.link))
    if isinstance(sighting, Undetermined):
        kind, message = OutcomeKind.UNKNOWN, f"{sighting.message} {_THEN}"
        return AskPerson(Outcome(kind=kind, reason=Reason.UNKNOWN, message=message, link=sighting.link), since_ms)
    if isinstance(sighting, Absent):
        if doubt.left_s(since_ms) <= 0:
            return Go(clears=True)
        return _too_early(doubt, since_ms, since_ms, _MAY_COME)
    if sighting.kind in _TELLS_OF_THE_ACCOUNT:
        return Conclude(sighting, since_ms)
    kind, reason = OutcomeKind.UNKNOWN, Reason.UNANSWERED_LOOK_UP
    return Conclude(msgspec.structs.replace(sighting, kind=kind, reason=reason), since_ms)


def on_wire_ago_ms(past: Past, outcome: Outcome, step: Step, took_ms: int) -> int:
    """How long before its end an attempt's last request of unknown fate was on the wire: 0 where that is its own, or
    where nothing is open."""
    if outcome.may_have_been_done or step.clears or step.since_ms is None:
        return 0
    return past.now_ms - step.since_ms + took_ms


def _counted(past: Past, since_ms: int | None) -> int | None:
    """From when on the time since then is counted: from the clock's last jump, where that came between."""
    if since_ms is None or past.even_ms <= since_ms <= past.now_ms:
        return since_ms
    return past.even_ms or past.now_ms


def _latest(one_ms: int | None, other_ms: int | None) -> int | None:
    if one_ms is None or other_ms is None:
        return other_ms if one_ms is None else one_ms
    return max(one_ms, other_ms)


def _too_early(doubt: Doubt, since_ms: int, sent_ms: int, may: str) -> Rest:
    """Nothing is sent before ``settle_s`` is over; the message says why, since when and until when."""
    began_ms = doubt.restarted_ms
    is_restart = began_ms is not None and 0 <= sent_ms - began_ms < KEPT_LATE_MS
    until_ms = sent_ms + round(doubt.settle_s * 1000)
    message = (_RESTARTED if is_restart else may).format(since=_clock(sent_ms), until=_clock(until_ms))
    early = Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.TOO_EARLY, message=message)
    return Rest(outcome=early, wait_s=doubt.left_s(sent_ms), since_ms=since_ms)


def _clock(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%H:%M:%S} UTC"


_TELLS_OF_THE_ACCOUNT = (OutcomeKind.UNAUTHORIZED, OutcomeKind.THROTTLED, OutcomeKind.UNAVAILABLE)
_RESTARTED = "The store was restarted at {since}; until {until} nothing is created or changed there, to be sure."
_MAY_COME = (
    "The order is not there yet. A request of {since} may still create it, so nothing more is sent until {until}."
)
_MAY_CHANGE = "The order is there. A request of {since} may still change it, so nothing more is sent until {until}."
_THEN = "Then replay it with --force where it was not done, or discard it where it was."
_ASKS = f"It may have been done, and doing it twice would harm: compare with the provider. {_THEN}"

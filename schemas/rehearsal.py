"""A rehearsal: what would be sent for a delivery now, and in what that differs from what was sent last."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Foretold(StrEnum):
    """What a rehearsal comes to."""

    SAME = "same"  # what would be sent is what was sent last
    CHANGED = "changed"  # it is something else
    WOULD_BE_SENT = "would_be_sent"  # nothing is kept that it could be compared with
    WOULD_BE_SKIPPED = "would_be_skipped"
    WOULD_BE_REFUSED = "would_be_refused"
    WOULD_FAIL = "would_fail"
    DEPENDS = "depends"  # only the vendor's answer to a first call tells


WELL_FORETOLD = frozenset(word for word in Foretold if word not in {Foretold.WOULD_BE_REFUSED, Foretold.WOULD_FAIL})


class RehearsedCall(msgspec.Struct, frozen=True):
    """A call that would be made. ``path`` is behind the account's base_url, without its query and without secrets."""

    method: str
    step: str
    path: str


class BodyLine(msgspec.Struct, frozen=True):
    """One place of a body, as in ``data.order.items[0].price``, and what stands there."""

    path: str
    value: str


class BodyChange(msgspec.Struct, frozen=True):
    """One place in which two bodies differ; ``None`` where one of them has nothing there."""

    path: str
    before: str | None
    after: str | None


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of a delivery if it were attempted now. Nothing was sent, and nobody asked.

    ``reads`` are the calls that would come first, ``notes`` what to know of the result. ``reason`` and ``message`` say
    why nothing would be sent. ``changes`` are against what the last unclean attempt sent: ``None`` where nothing of it
    is kept, or where it was another call. ``body`` and ``changes`` name the customer.
    """

    id: str
    provider: str
    kind: str
    result: Foretold
    reason: str | None = None
    message: str = ""
    reads: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    call: RehearsedCall | None = None
    body: tuple[BodyLine, ...] = ()
    changes: tuple[BodyChange, ...] | None = None

    @property
    def summary(self) -> str:
        """Why nothing would be sent, or how many places differ; it names nobody."""
        if self.result is Foretold.CHANGED:
            many = len(self.changes or ())
            return f"{many} place{'' if many == 1 else 's'} in the body differ{'s' if many == 1 else ''}."
        return self.message or " ".join(self.notes)

"""What looking at the provider shows of an order or of an action, where it is open what an earlier request did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from schemas.delivery import Link
from schemas.outcome import Outcome, Reason

OnUnknown = Literal["resend", "look_up", "ask"]
"""What an operation wants done when it may have been done: send it again, look it up first, or ask a person."""


@dataclass(frozen=True, slots=True)
class Found:
    """A look-up found our order at the provider."""

    link: Link


@dataclass(frozen=True, slots=True)
class Absent:
    """A look-up was answered well, and our order is not there (or not yet)."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A look-up saw that the action has been done, by us or by anyone; ``message`` says by what it was seen.

    ``reason`` is ``REMARK`` where people have to look at it.
    """

    message: str
    link: Link | None = None
    reason: Literal[Reason.EXISTS, Reason.REMARK] = Reason.EXISTS


@dataclass(frozen=True, slots=True)
class Undetermined:
    """A look-up was answered well and cannot tell whether the action was done.

    ``message`` is the evidence: what was seen, and what a person has to compare with what.
    """

    message: str
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class HeldName:
    """An order in a vendor's list: its id there, and the source and number of which it says that it is our order.

    ``is_whole`` says that the list shows as much as a read: where not, one that says nothing may do so when it is read.
    """

    id: str
    ours: tuple[str, str] | None = None
    is_whole: bool = True


LookupResult = Found | Absent | Settled | Undetermined | Outcome
"""What a look-up comes to; an ``Outcome`` where it failed, so that nothing was seen."""

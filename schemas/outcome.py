"""What came of an attempt, and the closed list of words for why."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from schemas.delivery import Link


class OutcomeKind(StrEnum):
    """The eight things that can come of an attempt (design 2)."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNAUTHORIZED = "unauthorized"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    UNSUPPORTED = "unsupported"


class Reason(StrEnum):
    """A short machine word why: the same in logs, metrics, filters and pages. The list is closed."""

    # accepted
    SAVED = "saved"
    EXISTS = "exists"
    REMARK = "remark"
    # rejected: futile as it stands
    REJECTED = "rejected"
    ACCEPTED_NOT_FOUND = "accepted_not_found"
    CURRENCY = "currency"
    DIFFERS = "differs"
    FORBIDDEN = "forbidden"
    NEEDS_LINES = "needs_lines"
    NO_ARTICLE = "no_article"
    NO_NAME = "no_name"
    NO_PRODUCT = "no_product"
    SOURCE_CONFLICT = "source_conflict"
    TOO_LONG = "too_long"
    TOO_MANY_LINES = "too_many_lines"
    UNKNOWN_ORDER = "unknown_order"
    # skipped, since unsupported
    CANNOT_UPDATE = "cannot_update"
    NO_CONSENT = "no_consent"
    NO_EMAIL = "no_email"
    UNSUPPORTED = "unsupported"
    # unauthorized, throttled, unavailable
    CREDENTIALS = "credentials"
    THROTTLED = "throttled"
    CONNECT = "connect"
    SERVER_ERROR = "server_error"
    # may have been done, or cannot be told
    NO_ANSWER = "no_answer"
    UNANSWERED_LOOK_UP = "unanswered_look_up"
    TOO_EARLY = "too_early"
    LEASE_LOST = "lease_lost"
    WORKER_LOST = "worker_lost"
    STORE_RESTARTED = "store_restarted"
    UNREADABLE = "unreadable"
    CRASHED = "crashed"
    # how a delivery died or ended
    EXHAUSTED = "exhausted"
    UNKNOWN = "unknown"
    NEWER = "newer"
    STALE = "stale"
    REPLAYED = "replayed"
    ORDER_DELIVERED = "order_delivered"
    DISCARDED = "discarded"
    ERASED = "erased"
    UNCONFIGURED = "unconfigured"
    # gates
    PAUSED = "paused"
    TROUBLE = "trouble"
    RATE = "rate"
    FULL = "full"
    REJECTS_EVERYTHING = "rejects_everything"
    # intake
    INVALID = "invalid"
    ID_REUSED = "id_reused"
    NOT_JSON = "not_json"
    NOT_A_CALL = "not_a_call"
    POISON = "poison"
    STORE_FULL = "store_full"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one attempt: a value, never an exception.

    ``message`` is one sentence for ops: at a rejection it says what to change. ``wait_s`` is how long a
    throttled provider asked us to wait. ``link`` is what the attempt learned of the provider's own ids.
    ``excerpt`` is the start of the last answer, at most 2 KiB of text. ``calls`` counts the requests made.
    ``may_have_been_done`` says that a mutating request may have reached the provider. Message and excerpt are
    scrubbed of secrets and of the customer before they are stored.
    """

    kind: OutcomeKind
    reason: Reason
    message: str = ""
    http_status: int | None = None
    wait_s: float | None = None
    link: Link | None = None
    excerpt: str = ""
    calls: int = 0
    may_have_been_done: bool = False
    tokens_left: int | None = None

    @property
    def was_asked(self) -> bool:
        """Whether the provider was turned to: a request left, or no connection came about for one. What was not even
        tried tells nothing of it."""
        return self.calls > 0 or self.reason is Reason.CONNECT


class VerdictKind(StrEnum):
    """The four things that can be done about an outcome (design 2)."""

    SETTLE = "settle"
    PARK = "park"
    BURY = "bury"
    HOLD = "hold"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is done about an outcome.

    ``settle`` ends in ``state`` (delivered or skipped). ``park`` waits ``wait_s`` seconds, spends a try where
    ``spends_try``, and keeps or opens doubt where ``in_doubt``. ``bury`` makes a dead letter because of
    ``reason``. ``hold`` parks until the gate lets lanes through again.
    """

    kind: VerdictKind
    reason: Reason
    state: Literal["delivered", "skipped"] | None = None
    wait_s: float = 0.0
    spends_try: bool = False
    in_doubt: bool = False

"""What answers of every vendor have in common, written once: what a status means, and how a tree becomes a shape."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from schemas.outcome import Outcome, OutcomeKind, Reason
from worker.clock import utc_now
from worker.providers.base import Reply

WAIT_CAP_S = 3600.0
"""The longest wait that a provider can ask of us (design 7)."""

_Tree = TypeVar("_Tree")
_Shape = TypeVar("_Shape")

_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,6})?", re.ASCII)
_UNAVAILABLE = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})
_UNAUTHORIZED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """How long the provider asks us to wait: 0 to 3600 seconds, or ``None`` where it does not say.

    Reads ``Retry-After`` (seconds or an HTTP date, RFC 9110 10.2.3) and ``X-Retry-After`` (seconds, Order Desk), the
    longer where both are there. A date counts from ``now``, by default the answer's own ``Date``, so that neither
    clock needs to be right, and from our clock where there is none. Header names are lower case. Never raises.
    """
    asked = [_wait_s(headers[name], headers, now) for name in ("retry-after", "x-retry-after") if name in headers]
    return max((min(wait_s, WAIT_CAP_S) for wait_s in asked if wait_s is not None), default=None)


def _wait_s(value: str, headers: Mapping[str, str], now: datetime | None) -> float | None:
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    until = _http_date(value)
    if until is None:
        return None
    start = now or _http_date(headers.get("date", "")) or utc_now()
    return max(0.0, (until - start).total_seconds())


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def judge_status(reply: Reply, *, mutating: bool) -> Outcome | None:
    """What the status alone says, whatever the body; ``None`` for one that the adapter must judge (2xx, other 4xx).

    429 is throttled, 401 and 403 unauthorized, 3xx rejected (we follow none), 408, 425 and 5xx unavailable: unknown
    where the request was mutating. A vendor's documented error object is the adapter's to read first.
    """
    status = reply.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _throttled(reply)
    if status in _UNAUTHORIZED:
        message = f"The provider refuses our credentials ({status})."
        return _outcome(reply, OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS, message)
    if status in _UNAVAILABLE or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind = OutcomeKind.UNKNOWN if mutating else OutcomeKind.UNAVAILABLE
        return _outcome(
            reply, kind, Reason.SERVER_ERROR, f"The provider is in trouble ({status}).", retry_after_s(reply.headers)
        )
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return _outcome(reply, OutcomeKind.REJECTED, Reason.REJECTED, _redirected(reply))
    return None


def read_as(
    shape: Callable[[_Tree], _Shape], answer: _Tree | Outcome, unreadable: Callable[[], Outcome]
) -> _Shape | Outcome:
    """A judged answer in the vendor's own shape; ``unreadable()`` where it has another one.

    ``shape`` raises ``msgspec.ValidationError`` for what it cannot read. An answer that came to an outcome stays so.
    """
    if isinstance(answer, Outcome):
        return answer
    try:
        return shape(answer)
    except msgspec.ValidationError:
        return unreadable()


def _throttled(reply: Reply) -> Outcome:
    wait_s = retry_after_s(reply.headers)
    asked = "and does not say for how long" if wait_s is None else f"for {math.ceil(wait_s)} s"
    message = f"The provider asks us to wait {asked} (429)."
    return _outcome(reply, OutcomeKind.THROTTLED, Reason.THROTTLED, message, wait_s)


def _redirected(reply: Reply) -> str:
    try:
        to = urlsplit(reply.headers.get("location", ""))
        place = f"{to.scheme}://{to.hostname}{to.path}" if to.hostname else to.path
    except ValueError:
        place = ""
    return f"base_url redirects ({reply.status}) to {place or 'nowhere'}: set base_url to where the API really is."


def _outcome(reply: Reply, kind: OutcomeKind, reason: Reason, message: str, wait_s: float | None = None) -> Outcome:
    left = reply.headers.get("x-tokens-remaining", "")
    return Outcome(
        kind=kind,
        reason=reason,
        message=message,
        http_status=reply.status,
        wait_s=wait_s,
        excerpt=reply.excerpt,
        tokens_left=int(left) if re.fullmatch(r"\d{1,9}", left, re.ASCII) else None,
    )

"""What an answer of Order Desk comes to.

Documented are ``{"status": "success", …}`` and ``{"status": "error", "message": …}`` (pages "Orders", "Shipments",
2018-04-30), and of the limit the headers ``X-Tokens-Remaining`` and ``X-Retry-After`` (help article 914). No page says
which HTTP status an error has, so a 2xx is believed only where its ``status`` is "success".
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.orderdesk import read_object, read_text
from schemas.shortened import shortened
from worker.providers.answers import judge_status
from worker.providers.base import Reply, Request

REFILL_S = 10.0  # to wait where a 429 does not say how long
TOLD_CHARS = 600  # of a message for people
SAID_CHARS = 300  # of the vendor's words within one


def judge(request: Request, reply: Reply) -> dict[str, Any] | Outcome:
    """The JSON object of a success, else the outcome that the answer comes to."""
    by_status = judge_status(reply, mutating=request.mutating)
    if by_status is not None:
        return _with_wait(by_status)
    answer = None if reply.cut else read_object(reply.body)
    if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return _judge_success(request, reply, answer)
    return _judge_refusal(request, reply, answer)


def accepted(link: Link, remarks: Sequence[str] = ()) -> Outcome:
    """What is done there, with what people should look at: as many remarks as one message holds."""
    told = ""
    for remark in remarks:
        if len(told) + len(remark) < TOLD_CHARS:
            told = f"{told} {remark}".strip()
    reason = Reason.REMARK if told else Reason.SAVED
    return Outcome(kind=OutcomeKind.ACCEPTED, reason=reason, message=told, link=link)


def rejected(reason: Reason, message: str) -> Outcome:
    """What is futile as it stands: the message says what to change."""
    return Outcome(kind=OutcomeKind.REJECTED, reason=reason, message=message)


def _with_wait(outcome: Outcome) -> Outcome:
    if outcome.kind is OutcomeKind.THROTTLED and outcome.wait_s is None:
        return msgspec.structs.replace(outcome, wait_s=REFILL_S)
    return outcome


def _judge_success(request: Request, reply: Reply, answer: dict[str, Any] | None) -> dict[str, Any] | Outcome:
    if answer is None or not read_text(answer.get("status")):
        return _outcome(
            reply,
            OutcomeKind.UNREADABLE,
            Reason.UNREADABLE,
            f"Order Desk's answer to {request.step} is not the JSON it documents.",
            may_have_been_done=request.mutating,
        )
    if answer["status"] == "success":
        return answer
    return _refused(request, reply, answer)


def _judge_refusal(request: Request, reply: Reply, answer: dict[str, Any] | None) -> Outcome:
    if reply.status == HTTPStatus.CONFLICT:
        kind = OutcomeKind.UNKNOWN if request.mutating else OutcomeKind.UNAVAILABLE
        message = f"Order Desk reports a conflict at {request.step}; the order is read again before the next try."
        return _outcome(reply, kind, Reason.SERVER_ERROR, message, may_have_been_done=request.mutating)
    if reply.status == HTTPStatus.NOT_FOUND and answer is not None:
        message = f"Order Desk does not hold what {request.step} asks for{_because(answer)}."
        return _outcome(reply, OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER, message)
    return _refused(request, reply, answer or {})


def _refused(request: Request, reply: Reply, answer: dict[str, Any]) -> Outcome:
    message = f"Order Desk refused {request.step} (HTTP {reply.status}){_because(answer)}."
    return _outcome(reply, OutcomeKind.REJECTED, Reason.REJECTED, message)


def _because(answer: dict[str, Any]) -> str:
    text = said_by(answer)
    return f": {text}" if text else ""


def said_by(answer: dict[str, Any]) -> str:
    """The vendor's own words, in one line without a stop."""
    return shortened(" ".join(read_text(answer.get("message")).split()).rstrip(". "), SAID_CHARS)


def _outcome(
    reply: Reply, kind: OutcomeKind, reason: Reason, message: str, *, may_have_been_done: bool = False
) -> Outcome:
    return Outcome(
        kind=kind,
        reason=reason,
        message=message,
        http_status=reply.status,
        excerpt=reply.excerpt,
        may_have_been_done=may_have_been_done,
    )

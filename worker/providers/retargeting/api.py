"""Retargeting's one call, order/save, and what an answer to it means.

Source: order/save page, "Response Example" (2019-03-29); status ``"400"`` from ``products-api.md`` of
retargeting/docs (2021-05-20). Whether the HTTP status agrees with the body's is undocumented: the body speaks first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.retargeting import RetargetingAnswer, RetargetingOptions, read_answer
from worker.providers import phpform, phpserial
from worker.providers.answers import judge_status
from worker.providers.base import Reply, Request

SAVE = "order/save"
EXISTS = "Order number exists"
BAD_REQUEST = 400
CREDENTIALS = frozenset({401, 403})
SHOWN_CHARS = 200
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def save(form: Mapping[str, Any], options: RetargetingOptions) -> Request:
    """The request that saves an order."""
    return Request(
        method="POST",
        path=f"/{SAVE}.{options.format}",
        step=SAVE,
        headers={"Content-Type": phpform.CONTENT_TYPE},
        body=phpform.encode(form),
        mutating=True,
    )


def judge(reply: Reply, retry_errors: tuple[str, ...] = ()) -> Outcome:
    """The outcome of a save: the documented errors first, then the HTTP status, then the rest. Never raises."""
    outcome = _judged(reply, retry_errors)
    return msgspec.structs.replace(outcome, http_status=reply.status, excerpt=reply.excerpt)


def remarked(outcome: Outcome, remarks: list[str]) -> Outcome:
    """An accepted outcome with what people should know of it."""
    if not remarks:
        return outcome
    told = " ".join(filter(None, [outcome.message, *remarks]))
    return msgspec.structs.replace(outcome, reason=Reason.REMARK, message=told)


def _judged(reply: Reply, retry_errors: tuple[str, ...]) -> Outcome:
    answer = None if reply.cut else _read(reply.body)
    if answer is None:
        return judge_status(reply, mutating=True) or _unread(reply)
    return (
        _documented_error(answer, retry_errors)
        or judge_status(reply, mutating=True)
        or _judged_by_its_own(answer, reply)
        or _rest(answer)
    )


def _judged_by_its_own(answer: RetargetingAnswer, reply: Reply) -> Outcome | None:
    """By the status that the body gives, where it is another than the answer's."""
    is_same = answer.status == reply.status
    return None if is_same else judge_status(replace(reply, status=answer.status), mutating=True)


def _documented_error(answer: RetargetingAnswer, retry_errors: tuple[str, ...]) -> Outcome | None:
    if answer.refusal is not None:
        return _refusal(answer.refusal, retry_errors)
    if answer.error and answer.status in CREDENTIALS:
        message = f"Retargeting does not accept the API key: {_shown(answer.error)}"
        return Outcome(kind=OutcomeKind.UNAUTHORIZED, reason=Reason.CREDENTIALS, message=message)
    if answer.error and answer.status == BAD_REQUEST:
        return _rejected(answer.error)
    return None


def _refusal(text: str, retry_errors: tuple[str, ...]) -> Outcome:
    if text == EXISTS:
        message = "Retargeting already has this order number, and keeps what it was sent first."
        return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=message)
    if text in retry_errors:
        message = f"Retargeting did not save the order for now: {_shown(text)}"
        return Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.SERVER_ERROR, message=message)
    return _rejected(text)


def _rest(answer: RetargetingAnswer) -> Outcome:
    if answer.succeeded:
        return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.SAVED)
    if answer.error:
        return _rejected(answer.error)
    message = "Retargeting's answer says neither success nor error."
    return Outcome(kind=OutcomeKind.UNREADABLE, reason=Reason.UNREADABLE, message=message, may_have_been_done=True)


def _unread(reply: Reply) -> Outcome:
    if reply.status >= BAD_REQUEST:
        message = f"Retargeting answered HTTP {reply.status} and nothing it documents: check base_url."
        return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, message=message)
    message = f"Retargeting answered HTTP {reply.status} with a body that cannot be read."
    return Outcome(kind=OutcomeKind.UNREADABLE, reason=Reason.UNREADABLE, message=message, may_have_been_done=True)


def _rejected(error: object) -> Outcome:
    message = f"Retargeting refused the order: {_shown(error)}"
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, message=message)


def _read(body: bytes) -> RetargetingAnswer | None:
    """The answer in JSON or serialize, whichever it is: no text is both."""
    body = body.removeprefix(_BYTE_ORDER_MARK).strip()
    try:
        return read_answer(msgspec.json.decode(body) if body.startswith(b"{") else phpserial.loads(body))
    except (ValueError, RecursionError):
        return None


def _shown(error: object) -> str:
    """The vendor's words as the end of a sentence."""
    return " ".join(str(error).split())[:SHOWN_CHARS].rstrip(".!") + "."

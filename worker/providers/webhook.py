"""Webhook: each event as it was accepted, signed by the Standard Webhooks scheme, to any address.

Source: Standard Webhooks specification 1.0, "Webhook headers" and "Signature scheme". There is no harmless call
for ``test``: whatever is sent there is an event.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import ClassVar

import msgspec

from schemas.config import Secret
from schemas.event import Event, encode_event
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.webhook import WebhookOptions, signing_key
from worker.providers.answers import judge_status
from worker.providers.base import Conversation, Job, Operation, Provider, Reply, Request

CONTENT_TYPE = "application/cloudevents+json"


class Webhook(Provider):
    """One endpoint. It takes every kind of event; sending one again is harmless, as ``webhook-id`` stays the same.

    ``now`` gives seconds since 1970 for the signature's timestamp.
    """

    kind: ClassVar[str] = "webhook"
    now: Callable[[], float] = staticmethod(time.time)

    @property
    def options(self) -> WebhookOptions:
        options: WebhookOptions = self.config.options
        return options

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(secret.reveal() for secret in self.options.secret)

    def operation(self, job: Job) -> Operation:
        """A signed POST of the event."""
        return Operation(name="webhook", converse=lambda: self._converse(job), on_unknown="resend")

    def _converse(self, job: Job) -> Conversation:
        body = event_body(job.event, job.delivery_id)
        timestamp = str(int(self.now()))
        headers = {
            "Content-Type": CONTENT_TYPE,
            "webhook-id": job.idempotency_key,
            "webhook-timestamp": timestamp,
            "webhook-signature": signatures(self.options.secret, job.idempotency_key, timestamp, body),
        }
        reply = yield Request(method="POST", path="", step="webhook", headers=headers, body=body, mutating=True)
        return judge(reply)


def event_body(event: Event, delivery_id: str) -> bytes:
    """The event as CloudEvents JSON, structured mode, with ``deliveryid``: the same bytes however often it is sent."""
    attributes = msgspec.json.decode(encode_event(event))
    extensions = attributes.pop("extensions", {})
    payload = attributes.pop("data")
    cloud_event = {"specversion": "1.0", **extensions, **attributes, "deliveryid": delivery_id, "data": payload}
    return msgspec.json.encode(cloud_event)


def signatures(secrets: Iterable[Secret], webhook_id: str, timestamp: str, body: bytes) -> str:
    """The header ``webhook-signature``: one ``v1,<base64>`` for each secret, a space between them."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(signing_key(secret), signed, hashlib.sha256) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def judge(reply: Reply) -> Outcome:
    """What the endpoint's answer means; only its status counts. Never raises."""
    return msgspec.structs.replace(_judged(reply), http_status=reply.status, excerpt=reply.excerpt)


def _judged(reply: Reply) -> Outcome:
    if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.SAVED)
    if reply.status == HTTPStatus.GONE:
        message = "The endpoint answered 410 Gone: it wants no more events. Correct base_url, or take the provider out."
        return Outcome(kind=OutcomeKind.UNAUTHORIZED, reason=Reason.CREDENTIALS, message=message)
    rejected = Outcome(
        kind=OutcomeKind.REJECTED,
        reason=Reason.REJECTED,
        message=f"The endpoint refused the event with HTTP {reply.status}: see its answer.",
    )
    return judge_status(reply, mutating=True) or rejected

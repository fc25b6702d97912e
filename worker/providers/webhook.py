"""Webhook: each event as it was accepted, signed by the Standard Webhooks scheme, to any public address.

Source: Standard Webhooks specification 1.0.0 (read 2026-11), "Webhook headers", "Signature scheme", "Delivery success
and failure" and "Server side request forgery". There is no harmless call for ``test`` and nothing to be asked:
whatever is sent there is an event.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import ClassVar

import msgspec

from schemas.config import Secret
from schemas.event import Event, EventType, event_document
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.webhook import KEY_BYTES, WebhookOptions, signing_key
from worker.providers.answers import judge_status
from worker.providers.base import Conversation, Job, Offer, Operation, Provider, Reply, Request

CONTENT_TYPE = "application/cloudevents+json"


class Webhook(Provider):
    """One endpoint. It wants every event, in order; sending one again is harmless, as ``webhook-id`` stays the same.

    ``now`` gives seconds since 1970 for the signature's timestamp.
    """

    kind: ClassVar[str] = "webhook"
    is_log: ClassVar[bool] = True
    said_twice: ClassVar[str] = "The receiver gets one more event, with an id of its own: it is new to it."
    offers: ClassVar[Mapping[EventType, Offer]] = dict.fromkeys(EventType, Offer(calls=("webhook",)))
    now: Callable[[], float] = staticmethod(time.time)

    @property
    def options(self) -> WebhookOptions:
        options: WebhookOptions = self.config.options
        return options

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(secret.reveal() for secret in self.options.secret)

    @property
    def sends_key(self) -> bool:
        """The event names source and number itself."""
        return False

    @property
    def public_only(self) -> bool:
        return not self.options.allow_private

    def advice(self, keys: Iterable[str]) -> Iterable[str]:  # noqa: ARG002  it depends on none
        """Keys of a length that the standard has not: what is too short can be guessed, what is too long is refused by
        receivers."""
        for secret in self.options.secret:
            length = len(signing_key(secret))
            if length not in KEY_BYTES:
                place = f" from {secret.origin}" if secret.origin else ""
                yield (
                    f"Its secret{place} is a key of {length} bytes; Standard Webhooks wants {KEY_BYTES.start} to"
                    f" {KEY_BYTES.stop - 1}: `openssl rand -base64 32` makes one, which the receiver has to know too."
                )

    def operation(self, job: Job) -> Operation:
        """A signed POST of the event."""
        return Operation(name="webhook", converse=lambda: self._converse(job), on_unknown="resend")

    def _converse(self, job: Job) -> Conversation:
        body = event_body(job.event, job.delivery_id)
        # The full stop parts id, time and body in what is signed: an id must have none ("Signature scheme").
        webhook_id, timestamp = job.idempotency_key.replace(".", "-"), str(int(self.now()))
        headers = {
            "Content-Type": CONTENT_TYPE,
            "webhook-id": webhook_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signatures(self.options.secret, webhook_id, timestamp, body),
        }
        reply = yield Request(method="POST", path="", step="webhook", headers=headers, body=body, mutating=True)
        return judge(reply)


def event_body(event: Event, delivery_id: str) -> bytes:
    """The event as CloudEvents JSON, structured mode, with ``deliveryid``: the same bytes however often it is sent."""
    return msgspec.json.encode({**event_document(event), "deliveryid": delivery_id})


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

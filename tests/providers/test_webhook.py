import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from standardwebhooks import Webhook as Oracle
from standardwebhooks import WebhookVerificationError

from schemas.config import Secret
from schemas.event import Cancellation, Deletion, EventType, Invoice, Refund
from schemas.loading import load_event
from schemas.order import Note
from schemas.outcome import OutcomeKind, Reason
from schemas.providers.webhook import WebhookOptions
from tests.fakes.snapshots import DELIVERY_ID, PLACED_AT, action, item, job, order, snapshot
from tests.fakes.wire import converse, open_account, reply
from worker.providers.webhook import Webhook, event_body, signatures

SECRET = "whsec_dGVzdC13ZWJob29rLXNlY3JldC0wMDAx"
OTHER = "whsec_b3RoZXItd2ViaG9vay1zZWNyZXQtMDAwMQ=="
EVENTS = {
    "order.created": snapshot(order(items=[item(1, sku="A-1")]), revision=3, extensions={"traceparent": "00-ab-cd-01"}),
    "order.updated": snapshot(kind=EventType.UPDATED, test=True),
    "order.cancelled": action(EventType.CANCELLED, cancellation=Cancellation(reason="changed my mind", restock=False)),
    "order.deleted": action(EventType.DELETED, deletion=Deletion()),
    "order.invoiced": action(EventType.INVOICED, invoice=Invoice(number="7", issued_at=PLACED_AT)),
    "order.refunded": action(EventType.REFUNDED, refund=Refund(whole=True)),
    "order.noted": action(EventType.NOTED, note=Note(text="Ring twice")),
}


def account(*secrets):
    return open_account(Webhook, WebhookOptions(secret=tuple(Secret(one) for one in secrets or (SECRET,))))


def outcome_of(answer):
    return converse(account().operation(job()).converse(), answer)[1]


@pytest.mark.parametrize("kind", list(EventType))
def test_every_type_of_event_is_sent_as_it_was_accepted(kind):
    operation = account().operation(job(EVENTS[kind]))
    (request,), outcome = converse(operation.converse(), reply(204))
    body = json.loads(request.body)
    assert body.pop("deliveryid") == DELIVERY_ID
    assert body["type"] == kind
    assert load_event(body, now=datetime.now(UTC)) == EVENTS[kind]
    assert operation.name in Webhook.offers[kind].calls
    assert (outcome.kind, request.mutating, operation.on_unknown) == (OutcomeKind.ACCEPTED, True, "resend")


def test_a_small_price_has_no_exponent_there_either():
    """Canonical event, "Numbers": decimal texts without one."""
    tiny = snapshot(order(items=[item(unit_price=Decimal("0.0000001"))]))
    assert b'"unit_price":"0.0000001"' in event_body(tiny, "d1")


@pytest.mark.parametrize("secrets", [(SECRET,), (SECRET, OTHER), (OTHER, SECRET)])
def test_a_library_of_the_standard_believes_the_signature_of_each_secret(secrets):
    """The old secret's receivers and the new one's both go on while it is changed."""
    (request,), _ = converse(account(*secrets).operation(job()).converse(), reply(204))
    for secret in secrets:
        assert Oracle(secret).verify(request.body, dict(request.headers))["id"] == "e1"


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "body", "secret"])
def test_a_library_of_the_standard_believes_nothing_that_was_changed(changed):
    (request,), _ = converse(account(SECRET).operation(job()).converse(), reply(204))
    headers, body = dict(request.headers), request.body
    if changed == "body":
        body = body.replace(b'"20"', b'"21"')
    elif changed.startswith("webhook"):
        headers[changed] = headers[changed][:-1] + ("1" if headers[changed][-1] == "0" else "0")
    with pytest.raises(WebhookVerificationError):
        Oracle(OTHER if changed == "secret" else SECRET).verify(body, headers)


def test_every_secret_signs_and_the_first_one_first():
    (request,), _ = converse(account(SECRET, OTHER).operation(job()).converse(), reply(204))
    timestamp, told = request.headers["webhook-timestamp"], request.headers["webhook-signature"]
    at = datetime.fromtimestamp(int(timestamp), UTC)
    expected = [Oracle(one).sign(DELIVERY_ID, at, request.body.decode()) for one in (SECRET, OTHER)]
    assert told.split(" ") == expected
    assert account(SECRET, OTHER).secrets == (SECRET, OTHER)


def test_the_standards_own_vector_comes_out():
    """Source: Standard Webhooks specification 1.0, the example of its reference libraries."""
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    told = signatures([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_second_sending_is_the_same_but_for_its_time():
    first, second = (converse(account().operation(job()).converse(), reply(204))[0][0] for _ in range(2))
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])


def test_an_edited_replay_is_another_message_of_the_same_delivery():
    """Its key has a full stop, which an id may not have: Standard Webhooks 1.0.0, "Signature scheme"."""
    edited = replace(job(), idempotency_key=f"{DELIVERY_ID}.1")
    (request,), _ = converse(account().operation(edited).converse(), reply(204))
    assert request.headers["webhook-id"] == f"{DELIVERY_ID}-1"
    assert Oracle(SECRET).verify(request.body, dict(request.headers))
    assert json.loads(request.body)["deliveryid"] == DELIVERY_ID


def test_no_extension_can_take_the_place_of_ours():
    body = json.loads(event_body(snapshot(extensions={"deliveryid": "mine", "partner": "x"}), "d1"))
    assert (body["deliveryid"], body["partner"], body["specversion"]) == ("d1", "x", "1.0")


def test_a_webhook_has_no_harmless_call_and_nothing_to_be_asked():
    assert account().test() is None
    assert account().questions == {}


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (200, OutcomeKind.ACCEPTED, Reason.SAVED),
        (202, OutcomeKind.ACCEPTED, Reason.SAVED),
        (204, OutcomeKind.ACCEPTED, Reason.SAVED),
        (301, OutcomeKind.REJECTED, Reason.REJECTED),
        (400, OutcomeKind.REJECTED, Reason.REJECTED),
        (401, OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (404, OutcomeKind.REJECTED, Reason.REJECTED),
        (410, OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
        (429, OutcomeKind.THROTTLED, Reason.THROTTLED),
        (500, OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
        (503, OutcomeKind.UNKNOWN, Reason.SERVER_ERROR),
    ],
)
def test_the_status_alone_decides(status, kind, reason):
    outcome = outcome_of(reply(status, b"<html>"))
    assert (outcome.kind, outcome.reason, outcome.http_status) == (kind, reason, status)


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_was_asked_for_is_kept(status):
    assert outcome_of(reply(status, b"", {"Retry-After": "31"})).wait_s == 31


def test_an_endpoint_that_is_gone_says_what_to_change():
    assert "410 Gone" in outcome_of(reply(410)).message

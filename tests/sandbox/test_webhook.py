from dataclasses import replace

import pytest

from schemas.config import Secret
from schemas.event import Cancellation, EventType
from schemas.outcome import OutcomeKind
from schemas.providers.webhook import WebhookOptions
from tests.fakes.snapshots import action, job, snapshot
from tests.fakes.wire import exchange, open_account, run
from worker.providers import webhook as adapter
from worker.providers.base import Request
from worker.sandbox.webhook import SECRET, SimulatedWebhook

NOW = 1_795_000_000.0


def account(*secrets, now=NOW):
    webhook = open_account(adapter.Webhook, WebhookOptions(secret=tuple(Secret(one) for one in secrets or (SECRET,))))
    webhook.now = lambda: now
    return webhook


def endpoint():
    return SimulatedWebhook(clock=lambda: NOW)


def send(vendor, event=None, by=None):
    return run((by or account()).operation(job(event)).converse(), vendor)


def test_a_signed_event_is_kept_once_however_often_it_comes():
    vendor = endpoint()
    assert [send(vendor).kind for _ in range(3)] == [OutcomeKind.ACCEPTED] * 3
    (kept,) = vendor.orders()
    assert (kept["key"], kept["source"]) == ("1001", "shop/copenhagen")
    assert kept["saves"] == [["order.created", "20", "dabcdefghijklmnopqrstuvwxy"]]


def test_actions_and_snapshots_of_an_order_stand_in_the_order_they_came():
    vendor = endpoint()
    send(vendor)
    event = action(EventType.CANCELLED, cancellation=Cancellation())
    cancelled = replace(job(event), idempotency_key="dother")
    run(account().operation(cancelled).converse(), vendor)
    assert [save[0] for save in vendor.orders()[0]["saves"]] == ["order.created", "order.cancelled"]


def test_either_of_two_secrets_is_enough():
    other = "whsec_b3RoZXItd2ViaG9vay1zZWNyZXQtMDAwMQ=="
    assert send(endpoint(), by=account(other, SECRET)).kind is OutcomeKind.ACCEPTED
    assert send(endpoint(), by=account(other)).kind is OutcomeKind.UNAUTHORIZED


@pytest.mark.parametrize("drift_s", [-301, 301])
def test_a_timestamp_too_far_from_now_is_not_believed(drift_s):
    vendor = endpoint()
    assert send(vendor, by=account(now=NOW + drift_s)).kind is OutcomeKind.UNAUTHORIZED
    assert vendor.orders() == []


def test_what_is_not_signed_or_no_post_or_no_event_is_refused():
    (request,) = [next(account().operation(job()).converse())]
    tampered = Request("POST", "", "x", request.headers, request.body.replace(b'"20"', b'"21"'))
    signed_nonsense = next(account().operation(job(snapshot())).converse())
    assert exchange(tampered, endpoint()).status == 401
    assert exchange(Request("POST", "", "x", {}, request.body), endpoint()).status == 401
    assert exchange(Request("GET", "", "x", signed_nonsense.headers), endpoint()).status == 405


def test_a_signed_body_that_is_no_event_is_a_bad_request():
    headers = {
        "webhook-id": "d1",
        "webhook-timestamp": str(int(NOW)),
        "webhook-signature": adapter.signatures([Secret(SECRET)], "d1", str(int(NOW)), b"[]"),
    }
    assert exchange(Request("POST", "", "x", headers, b"[]"), endpoint()).status == 400


def test_reset_forgets_what_was_seen():
    vendor = endpoint()
    send(vendor)
    vendor.reset()
    assert vendor.orders() == []
    send(vendor)
    assert len(vendor.orders()) == 1

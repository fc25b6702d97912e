"""docs/fields/webhook.md says what is sent, both ways: no row too many, no name without a row."""

from __future__ import annotations

import json

import pytest

from schemas.config import ProviderConfig, Secret
from schemas.event import Cancellation, Deletion, EventType, Invoice, Note, Refund
from schemas.outcome import OutcomeKind, VerdictKind
from schemas.providers.webhook import WebhookOptions
from tests.fakes.fieldtable import names, table
from tests.fakes.hostile import Hostile, answer, says
from tests.fakes.snapshots import action, job, snapshot
from tests.fakes.wire import ShortMemory, reply
from worker.policy.decide import Facts, decide
from worker.policy.plan import plan_of
from worker.providers.http import Driver
from worker.providers.webhook import Webhook, judge

ATTRIBUTES = {
    "traceparent": "00-ab-cd-01",
    "datacontenttype": "application/json",
    "dataschema": "https://shop.example/s",
}
EVENTS = [
    snapshot(revision=3, test=True, extensions=ATTRIBUTES),
    action(EventType.CANCELLED, cancellation=Cancellation()),
    action(EventType.DELETED, deletion=Deletion()),
    action(EventType.INVOICED, invoice=Invoice(number="7")),
    action(EventType.REFUNDED, refund=Refund(whole=True)),
    action(EventType.NOTED, note=Note(text="Ring twice")),
]
SECRET = Secret("whsec_dGVzdC13ZWJob29rLXNlY3JldC0wMDAx")


def config(base_url):
    options = WebhookOptions(secret=(SECRET,), allow_private=True)
    return ProviderConfig(name="hook", kind="webhook", base_url=base_url, options=options)


@pytest.fixture(scope="module")
def requests():
    """Each event's request as it went over the wire."""
    driver = Driver()
    with Hostile(says(answer(204, b""))) as server:
        account = Webhook(config(f"{server.url}/orders/?to=us"), ShortMemory())
        for event in EVENTS:
            driver.converse(account, account.operation(job(event)).converse())
        driver.close()
    return [request.partition(b"\r\n\r\n") for request in server.requests]


def test_each_header_that_is_marked_sent_is_sent_and_no_other(requests):
    rows = table("webhook", "Headers")
    for head, _, _ in requests:
        first, *lines = head.decode().split("\r\n")
        assert first == "POST /orders/?to=us HTTP/1.1"
        assert {line.partition(":")[0] for line in lines} == names(rows, "sent")
    assert names(rows, "sent") | names(rows, "not sent") == rows.keys()


def test_each_name_of_the_body_that_is_marked_sent_is_sent_and_no_other(requests):
    rows = table("webhook", "Body")
    found = set()
    for _, _, body in requests:
        event = json.loads(body)
        found |= {f"data.{name}" for name in event.pop("data")} | event.keys()
    assert found == names(rows, "sent")
    assert names(rows, "sent") | names(rows, "not sent") == rows.keys()


@pytest.mark.parametrize(
    ("row", "statuses", "kind"),
    [
        ("200 to 299", [200, 202, 204, 299], VerdictKind.SETTLE),
        ("300 to 399", [301, 302, 307, 308], VerdictKind.BURY),
        ("401, 403", [401, 403], VerdictKind.HOLD),
        ("410", [410], VerdictKind.HOLD),
        ("408, 425, 500 to 599", [408, 425, 500, 502, 503, 504, 599], VerdictKind.PARK),
        ("429", [429], VerdictKind.PARK),
        ("any other", [400, 404, 405, 413, 422, 451], VerdictKind.BURY),
    ],
)
def test_each_answer_comes_to_what_its_row_says(row, statuses, kind):
    assert row in table("webhook", "The answer")
    plan = plan_of(config("https://hooks.example"))
    for status in statuses:
        outcome = judge(reply(status, b"<html>", {"Retry-After": "31"}))
        assert decide(outcome, Facts(), plan, 0.5).kind is kind
        waits = outcome.kind in {OutcomeKind.THROTTLED, OutcomeKind.UNKNOWN}
        assert outcome.wait_s == (31 if waits else None)


def test_every_row_of_the_answers_is_tried():
    assert len(table("webhook", "The answer")) == 7

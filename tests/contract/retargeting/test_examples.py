"""Every example of the order/save page: its calls come out of the adapter, its answers are read.

Source: order/save page (2019-03-29), "Request Example" and "Response Example". The adapter sends ``adress`` too.
"""

from __future__ import annotations

import pytest

from schemas.outcome import OutcomeKind, Reason
from tests.fakes.retargeting import (
    ARGUMENTS,
    EXAMPLES,
    EXISTS,
    OK,
    SERIAL_401,
    SERIAL_EXISTS,
    SERIAL_OK,
    UNAUTHORIZED,
    account,
)
from tests.fakes.snapshots import job, order, snapshot
from tests.fakes.wire import converse, reply
from worker.sandbox.form import read_form

ANSWERS = {
    ("json", "saved"): OK,
    ("json", "exists"): EXISTS,
    ("json", "unauthorized"): UNAUTHORIZED,
    ("serial", "saved"): SERIAL_OK,
    ("serial", "exists"): SERIAL_EXISTS,
    ("serial", "unauthorized"): SERIAL_401,
}
MEANT = {
    "saved": (OutcomeKind.ACCEPTED, Reason.SAVED),
    "exists": (OutcomeKind.ACCEPTED, Reason.EXISTS),
    "unauthorized": (OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS),
}


def save(wanted, answer, of=None):
    operation = account(key="REST_API_KEY", format=wanted).operation(job(snapshot(of or EXAMPLES[wanted])))
    (request,), outcome = converse(operation.converse(), answer)
    return request, outcome


@pytest.mark.parametrize("wanted", ["json", "serial"])
def test_the_call_of_the_page_is_made_with_the_values_of_the_page(wanted):
    of, lines = ARGUMENTS[wanted]
    request, _ = save(wanted, reply(200, OK))
    form = read_form(request.body)
    assert (request.method, request.path) == ("POST", f"/order/save.{wanted}")
    assert form["api_key"] == "REST_API_KEY"
    assert form["0"].pop("adress") == of["address"]
    assert form["0"] == {**of, "discount_code": {"0": "EEE30PR"}}
    assert list(form["1"].values()) == lines
    assert form.keys() == {"api_key", "0", "1"}


@pytest.mark.parametrize(("wanted", "name"), ANSWERS)
@pytest.mark.parametrize("status", [200, 400])
def test_each_answer_of_the_page_is_read_in_both_formats_whatever_the_status_line_says(wanted, name, status):
    _, outcome = save(wanted, reply(status, ANSWERS[wanted, name]), order())
    assert (outcome.kind, outcome.reason) == MEANT[name]


@pytest.mark.parametrize("wanted", ["json", "serial"])
def test_the_pages_own_example_does_not_add_up_and_is_delivered_with_the_difference(wanted):
    """Its goods come to 3,800 and its total does too, with a discount of 50 and a shipping fee of 10 beside them."""
    _, outcome = save(wanted, reply(200, ANSWERS[wanted, "saved"]))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert "come to 3760, its total is 3800: 40 less." in outcome.message

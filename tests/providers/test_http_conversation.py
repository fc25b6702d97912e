"""Conversations as the driver holds them: the lease asked, the outcome completed, bugs caught, nothing given away."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from tests.fakes.account import QUICK, account, asking, read, write
from tests.fakes.alerted import lines_of
from tests.fakes.hostile import Behaviour, Hostile, answer, floods, hangs, resets, says
from worker.errors import LeaseLost
from worker.providers.base import Absent, Conversation, Found, Lookup
from worker.providers.conversation import CALL_MARGIN_S
from worker.providers.http import Driver

MARKER = "pl4nted/m4rker+x"


@pytest.fixture
def driver() -> Iterator[Driver]:
    driver = Driver()
    yield driver
    driver.close()


@pytest.fixture
def server() -> Iterator[Hostile]:
    with Hostile(says(answer())) as server:
        yield server


def test_the_lease_is_asked_before_each_mutating_request_and_no_other(driver: Driver, server: Hostile):
    asked: list[tuple[float, int]] = []

    def guard(needed_s: float) -> bool:
        asked.append((needed_s, len(server.requests)))
        return True

    driver.converse(account(server.url), asking(read(), write(), read(), write()), guard)
    needed_s = QUICK.total_s + CALL_MARGIN_S
    assert asked == [(needed_s, 1), (needed_s, 3)]


def test_a_short_lease_before_the_first_mutating_request_sends_nothing(driver: Driver, server: Hostile):
    with pytest.raises(LeaseLost):
        driver.converse(account(server.url), asking(read(), write()), lambda _: False)
    assert [request[:4] for request in server.requests] == [b"GET "]


def test_a_short_lease_after_a_mutating_request_leaves_it_unknown(driver: Driver, server: Hostile):
    leases = iter([True, False])
    outcome = driver.converse(account(server.url), asking(write(), write()), lambda _: next(leases)).outcome
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNKNOWN, Reason.WORKER_LOST)
    assert outcome.may_have_been_done
    assert len(server.requests) == 1


def test_an_outcome_is_completed_with_calls_and_doubt(driver: Driver, server: Hostile):
    ran = driver.converse(account(server.url), asking(read(), write(body=b"first"), write(body=b"last"), read()))
    assert ran.outcome.calls == 4
    assert ran.outcome.may_have_been_done
    assert 0 <= ran.took_ms < 5000


def test_a_conversation_without_a_mutating_request_leaves_no_doubt(driver: Driver, server: Hostile):
    ran = driver.converse(account(server.url), asking(read()))
    assert not ran.outcome.may_have_been_done
    assert ran.sent is None


@pytest.mark.parametrize(
    ("requests", "kind"),
    [
        ([read()], OutcomeKind.UNAVAILABLE),
        ([write()], OutcomeKind.UNAVAILABLE),
        ([read(), write()], OutcomeKind.UNAVAILABLE),
        ([write(), read()], OutcomeKind.UNKNOWN),
        ([write(), write()], OutcomeKind.UNKNOWN),
    ],
)
def test_unavailable_after_an_earlier_mutating_request_is_unknown(driver: Driver, server: Hostile, requests, kind):
    busy = Outcome(kind=OutcomeKind.UNAVAILABLE, reason=Reason.SERVER_ERROR)
    assert driver.converse(account(server.url), asking(*requests, outcome=busy)).outcome.kind is kind


@pytest.mark.parametrize(
    ("requests", "is_in_doubt"), [([write()], False), ([read(), write()], False), ([write(), read()], True)]
)
@pytest.mark.parametrize("kind", [OutcomeKind.THROTTLED, OutcomeKind.UNAUTHORIZED])
def test_a_request_that_was_turned_away_leaves_no_doubt_but_an_earlier_one_does(
    driver: Driver, server: Hostile, requests, is_in_doubt, kind
):
    refused = Outcome(kind=kind, reason=Reason.THROTTLED)
    outcome = driver.converse(account(server.url), asking(*requests, outcome=refused)).outcome
    assert (outcome.kind, outcome.may_have_been_done) == (kind, is_in_doubt)


def _looks(result: Found | Absent | Outcome) -> Lookup:
    yield read()
    return result


def test_a_look_up_gives_what_the_adapter_found(driver: Driver, server: Hostile):
    shop, found = account(server.url), Found(Link(order_id="7"))
    assert driver.search(shop, _looks(found)).sighting == found
    assert driver.search(shop, _looks(Absent())).sighting == Absent()
    refused = Outcome(kind=OutcomeKind.UNAUTHORIZED, reason=Reason.CREDENTIALS)
    answered = driver.search(shop, _looks(refused)).sighting
    assert isinstance(answered, Outcome)
    assert (answered.kind, answered.calls) == (OutcomeKind.UNAUTHORIZED, 1)


def test_a_look_up_that_is_not_answered_is_unavailable(driver: Driver):
    with Hostile(resets(after_reading=True)) as server:
        answered = driver.search(account(server.url), _looks(Absent())).sighting
    assert isinstance(answered, Outcome)
    assert (answered.kind, answered.reason) == (OutcomeKind.UNAVAILABLE, Reason.NO_ANSWER)


def _crashes() -> Conversation:
    reply = yield write(headers={"X-Api-Key": MARKER})
    raise KeyError(f"{reply.status} {MARKER}")


def _forgets() -> Conversation:
    yield write()
    return None  # type: ignore[return-value]


def _clings() -> Conversation:
    try:
        yield write(headers={"X-Bad": "a\r\nb"})
    except GeneratorExit:
        yield write()


@pytest.mark.parametrize("bug", [_crashes, _forgets])
def test_a_bug_in_an_adapter_is_an_outcome_with_its_traceback(
    driver: Driver, server: Hostile, bug: Callable[[], Conversation]
):
    outcome = driver.converse(account(server.url, secret=MARKER), bug()).outcome
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNREADABLE, Reason.CRASHED)
    assert outcome.may_have_been_done
    assert "Error" in outcome.excerpt
    assert MARKER not in outcome.message + outcome.excerpt


def _reads_a_customer() -> Conversation:
    yield write()
    return {}[f"Jane Roe {MARKER}"]


def test_a_bug_in_an_adapter_is_a_warning_that_shows_its_code_and_no_value(
    driver: Driver, server: Hostile, monkeypatch: pytest.MonkeyPatch
):
    with lines_of(monkeypatch) as lines:
        driver.converse(account(server.url), _reads_a_customer())
        [line] = lines.read()
    assert (line["event"], line["level"], line["error"]) == ("adapter.failed", "warning", "KeyError")
    assert (line["provider"], line["reason"]) == ("shop", "crashed")
    assert line["where"].startswith("test_http_conversation.py:")
    assert 'return {}[f"Jane Roe {MARKER}"]' in line["traceback"]
    assert MARKER not in lines.out.getvalue()


def test_a_bug_that_every_order_meets_is_a_few_lines(driver: Driver, server: Hostile, monkeypatch: pytest.MonkeyPatch):
    with lines_of(monkeypatch) as lines:
        for _ in range(50):
            driver.converse(account(server.url), _crashes())
        assert lines.events() == ["adapter.failed"] * 5


def test_a_request_that_cannot_be_written_was_not_sent(driver: Driver, server: Hostile):
    outcome = driver.converse(account(server.url), _clings()).outcome
    assert outcome.reason is Reason.CRASHED
    assert not outcome.may_have_been_done
    assert server.requests == []


def _repeats() -> Conversation:
    reply = yield write(headers={"Authorization": f"Bearer token-{MARKER}"}, body=MARKER.encode())
    kind, reason = OutcomeKind.REJECTED, Reason.REJECTED
    return Outcome(kind=kind, reason=reason, message=f"He said {reply.text}", excerpt=reply.excerpt)


def test_an_answer_that_repeats_a_secret_or_a_token_is_scrubbed(driver: Driver):
    echo = f"key {MARKER}, token token-{MARKER}".encode()
    with Hostile(says(answer(400, echo))) as server:
        outcome = driver.converse(account(server.url, secret=MARKER), _repeats()).outcome
    assert outcome.message == "He said key ***, token ***"
    assert outcome.excerpt == "key ***, token ***"


@pytest.mark.parametrize(
    "behaviour",
    [
        says(answer(400, MARKER.encode())),
        says(f"SSH {MARKER}\r\n".encode()),
        says(answer(X_Bad=f"{MARKER}\r\nno colon {MARKER}")),
        says(answer(body=MARKER.encode(), Content_Length="900"), keeps=False),
        floods(b"HTTP/1.1 100 Continue\r\n\r\n"),
        resets(after_reading=True),
        hangs,
    ],
)
def test_nothing_of_a_call_is_logged_or_said(
    driver: Driver, behaviour: Behaviour, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture
):
    request = write(f"/orders?token={MARKER}", MARKER.encode(), headers={"X-Api-Key": MARKER})
    with caplog.at_level(logging.DEBUG), Hostile(behaviour) as server:
        shop = account(server.url, secret=MARKER)
        ran = driver.converse(shop, asking(request))
    said = caplog.text + "".join(capfd.readouterr()) + repr(ran) + repr(driver) + repr(shop.config)
    assert MARKER not in said
    assert server.requests == [] or MARKER.encode() in server.requests[0]

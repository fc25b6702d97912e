import http.client
import json
import time

import pytest

from tests.fakes.echo import WAIT_S, Echo, ask, calls, connected, fault, orders
from tests.fakes.waiting import wait_until
from worker.sandbox.effects import HUGE_BYTES
from worker.sandbox.server import Sandbox


@pytest.fixture
def sandbox():
    with Sandbox([Echo()]) as running:
        yield running


def test_a_status_is_answered_with_its_headers_and_the_vendor_does_not_act(sandbox):
    fault(sandbox, "status", status=429, body="wait", headers={"Retry-After": "7"})
    with connected(sandbox) as connection:
        connection.request("POST", "/echo/x", b"1")
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Retry-After"), answer.read()) == (429, "7", b"wait")
        assert ask(sandbox, "POST", "/echo/x", b"2", connection)[0] == 200
    assert orders(sandbox) == ["2"]


def test_a_delay_is_kept_before_the_vendor_acts(sandbox):
    fault(sandbox, "delay", delay_s=0.05)
    started = time.monotonic()
    assert ask(sandbox, "POST", "/echo/x", b"1")[0] == 200
    assert time.monotonic() - started >= 0.05


def test_a_reset_before_means_that_nothing_was_done(sandbox):
    fault(sandbox, "reset_before")
    with pytest.raises(ConnectionResetError):
        ask(sandbox, "POST", "/echo/x", b"1")
    assert orders(sandbox) == []
    assert [(one["status"], one["fault"]) for one in calls(sandbox)] == [(None, "reset_before")]


def test_a_reset_after_means_that_it_was_done(sandbox):
    fault(sandbox, "reset_after")
    with pytest.raises(ConnectionResetError):
        ask(sandbox, "POST", "/echo/x", b"1")
    assert orders(sandbox) == ["1"]


def test_a_late_commit_comes_after_the_connection_is_lost(sandbox):
    vendor = sandbox.vendor("echo")
    fault(sandbox, "commit_late", delay_s=0.02)
    with pytest.raises(ConnectionResetError):
        ask(sandbox, "POST", "/echo/x", b"1")
    assert vendor.acted.wait(WAIT_S)
    assert orders(sandbox) == ["1"]


def test_a_reset_of_the_sandbox_undoes_what_was_still_to_come(sandbox):
    fault(sandbox, "commit_late", delay_s=60)
    fault(sandbox, "hang", times=None)
    with pytest.raises(ConnectionResetError):
        ask(sandbox, "POST", "/echo/x", b"late")
    (timer,) = sandbox._stages["echo"]._late
    assert ask(sandbox, "DELETE", "/_sandbox") == (204, b"")
    timer.join(WAIT_S)
    assert orders(sandbox) == []
    assert ask(sandbox, "POST", "/echo/x", b"later")[0] == 200
    assert len(calls(sandbox)) == 1


def test_a_late_index_hides_what_is_new_until_the_faults_are_removed(sandbox):
    fault(sandbox, "index_late", delay_s=60)
    assert ask(sandbox, "POST", "/echo/x", b"1")[0] == 200
    assert sandbox.vendor("echo").hidden_s == 60
    ask(sandbox, "DELETE", "/_sandbox/echo/faults")
    assert sandbox.vendor("echo").hidden_s == 0


def test_half_an_answer_promises_the_whole(sandbox):
    fault(sandbox, "half")
    with pytest.raises(http.client.IncompleteRead) as read:
        ask(sandbox, "POST", "/echo/x", b"1")
    assert (read.value.partial, orders(sandbox)) == (b"said:", ["1"])


def test_garbage_comes_after_the_vendor_acted(sandbox):
    fault(sandbox, "garbage")
    status, body = ask(sandbox, "POST", "/echo/x", b"1")
    assert (status, body.startswith(b"<html>\x00"), orders(sandbox)) == (200, True, ["1"])


def test_a_redirect_leads_elsewhere_and_nothing_is_done(sandbox):
    fault(sandbox, "redirect", status=301)
    assert ask(sandbox, "POST", "/echo/x", b"1")[0] == 301
    assert orders(sandbox) == []


def test_a_huge_answer_is_huge(sandbox):
    fault(sandbox, "huge")
    assert len(ask(sandbox, "POST", "/echo/x", b"1")[1]) > HUGE_BYTES


def test_a_slow_answer_comes_a_byte_at_a_time_and_whole(sandbox):
    fault(sandbox, "slow", delay_s=0.02)
    assert ask(sandbox, "POST", "/echo/x", b"1") == (200, b"said: /x? 1")


def test_a_hang_ends_with_the_client_and_holds_nobody_else(sandbox):
    fault(sandbox, "hang")
    with connected(sandbox) as connection:
        connection.request("POST", "/echo/x", b"1")
        wait_until(lambda: json.loads(ask(sandbox, "GET", "/_sandbox/echo/faults")[1])[0]["times"] == 0)
        assert ask(sandbox, "POST", "/echo/x", b"2")[0] == 200
        connection.sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            connection.getresponse()
    assert orders(sandbox) == ["2"]

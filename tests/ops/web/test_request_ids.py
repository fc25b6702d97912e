"""A deed from the web is on record with the id of its request: the same as in the answer, and in the log."""

from __future__ import annotations

import re
import threading

import pytest

from schemas.principal import Role
from tests.fakes.ledger import BURY, REJECTED, Ledger, snapshot
from tests.fakes.site import PASSWORD, ROOT, Site
from worker.ledger.audit import Audit
from worker.ops.desk.query import DeliveryQuery


def asked(site: Site, path: str, json: object) -> str:
    answer = site.ask(Role.OPERATOR, "POST", path, json=json)
    assert answer.status_code < 300, answer.get_data(as_text=True)
    return answer.headers["X-Request-Id"]


def test_a_pause_and_its_end_have_the_ids_of_their_requests(site: Site) -> None:
    paused = asked(site, "/v1/providers/desk/pause", {"why": "their release"})
    resumed = asked(site, "/v1/providers/desk/resume", {"why": "done"})
    told = site.ask(Role.VIEWER, "GET", "/v1/audit").json["items"]
    found = {one["verb"]: one["request"] for one in told}
    assert (found["pause"], found["resume"]) == (paused, resumed)
    assert re.fullmatch("[0-9a-f]{16}", paused)
    page = site.browser(Role.VIEWER).text("/audit")
    assert f"<code>{paused}</code>" in page
    assert f"<code>{resumed}</code>" in page


def test_a_job_is_on_record_with_the_request_that_confirmed_it(site: Site, ledger: Ledger) -> None:
    ledger.accept(snapshot())
    begun = site.ask(
        Role.OPERATOR, "POST", "/v1/jobs", json={"kind": "discard", "filter": {"state": "pending"}, "why": "a test"}
    )
    job = begun.json["id"]
    matched = counted(site, job)
    confirmed = asked(site, f"/v1/jobs/{job}/confirm", {"matched": matched})
    deed = next(one for one in Audit(ledger.store).deeds() if one.verb == "discard")
    assert deed.request == confirmed
    paused = asked(site, f"/v1/jobs/{job}/pause", None)
    assert next(Audit(ledger.store).deeds()).request == paused


def counted(site: Site, job: str) -> int:
    for one in site.desk.jobs.follow(job, threading.Event()):
        if one.state == "counted":
            return int(one.matched or 0)
    raise AssertionError(job)


def test_what_is_said_of_a_cause_has_the_request_too(site: Site, ledger: Ledger) -> None:
    ledger.accept(snapshot())
    claim = ledger.claim("desk")
    ledger.finish(claim, REJECTED, BURY, "desk")
    [cause] = site.desk.groups(DeliveryQuery())
    browser = site.browser(Role.OPERATOR)
    path = f"/dead/{cause.provider}/{cause.fingerprint}"
    for deed, fields in {"note": {"note": "known"}, "take": {}, "ignore": {"why": "known", "more": "3"}}.items():
        answer = browser.post(f"{path}/{deed}", page=path, **fields)
        newest = next(Audit(ledger.store).deeds())
        assert (newest.verb, newest.request) == (deed, answer.headers["X-Request-Id"])
    [kept] = site.desk.groups(DeliveryQuery())
    assert [note.text for note in kept.notes] == ["known"]


def test_whoever_comes_in_or_lets_somebody_in_is_on_record_with_the_request(site: Site, ledger: Ledger) -> None:
    admin = site.browser(Role.ADMIN)
    added = admin.post("/people/users", page="/people", name="mia", role="viewer")
    code = re.search(r"/welcome/([\w-]+)", added.get_data(as_text=True))[1]
    joined = site.stranger().post(f"/welcome/{code}", page=f"/welcome/{code}", password=PASSWORD, again=PASSWORD)
    join, add, *_ = Audit(ledger.store).deeds()
    assert (add.verb, add.request) == ("add", added.headers["X-Request-Id"])
    assert (join.verb, join.request) == ("join", joined.headers["X-Request-Id"])


def test_the_command_line_has_no_request_and_an_older_release_s_record_is_read(site: Site, ledger: Ledger) -> None:
    site.desk.pause("desk", by=ROOT, why="by hand")
    old = {"at": 1_000, "verb": "pause", "what": "desk", "why": "long ago", "who": "ann"}
    ledger.store.client.xadd(ledger.store.keys.key("audit"), old)
    assert [(one.why, one.request) for one in list(Audit(ledger.store).deeds())[:2]] == [
        ("long ago", None), ("by hand", None),
    ]  # fmt: skip


@pytest.mark.lua
def test_a_record_without_a_request_takes_two_bytes_for_it(ledger: Ledger) -> None:
    """The fields are always the same, so that the stream keeps their names once."""
    key, client = ledger.store.keys.key("audit"), ledger.store.client

    def grown(**more: str) -> float:
        client.delete(key)
        for number in range(1_000):
            client.xadd(
                key, {"at": 1_790_000_000_000 + number, "verb": "pause", "what": "x", "why": "", "who": "a", **more}
            )
        return client.memory_usage(key, samples=0) / 1_000

    plain = grown()
    assert grown(rid="") - plain < 4
    assert grown(rid="0" * 16) - plain < 24

"""Every kind of job over HTTP: its shape, who may begin it, what it does, and what can be read of it."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import pytest

from schemas.bulk_job import JobKind
from schemas.outcome import Reason
from schemas.principal import Face, Principal, Role
from tests.fakes.backfilled import add_provider, executor
from tests.fakes.job_tools import tools
from tests.fakes.ledger import BURY, REJECTED, SOURCE, Ledger, snapshot
from tests.fakes.planted_customer import EMAIL, PLANTED, everything, named, pack_json, telling
from tests.fakes.site import Site
from worker.jobs.executor import JobExecutor
from worker.ledger.jobs import Jobs

MIA = Principal("mia", Role.ADMIN, Face.WEB)
ASKED: dict[str, dict[str, Any]] = {
    "replay": {"filter": {"provider": "desk"}},
    "discard": {"filter": {"provider": "desk"}},
    "rehearse": {"filter": {"provider": "desk"}},
    "backfill": {"provider": "desk"},
    "reconcile": {"provider": "desk", "since": "2d"},
    "erase": {"customer": EMAIL},
}


def asked(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "why": "a test", **ASKED[kind], **more}


def begin(site: Site, kind: str, role: Role = Role.ADMIN, **more: Any) -> Any:
    return site.ask(role, "POST", "/v1/jobs", json=asked(kind, **more))


def work(ledger: Ledger, job_id: str) -> None:
    JobExecutor(tools(ledger.store), threading.Event()).execute(job_id)


def job(site: Site, job_id: str) -> dict[str, Any]:
    return site.ask(Role.VIEWER, "GET", f"/v1/jobs/{job_id}").json


def deeds(site: Site) -> list[str]:
    return [deed.verb for deed in site.desk.deeds() if deed.verb in set(JobKind)]


def paths(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.json
    return [one["path"] for one in answer.json["errors"]]


def bury(ledger: Ledger, many: int = 1) -> None:
    for n in range(many):
        ledger.accept(snapshot(f"e{n}", str(n)))
        ledger.finish(ledger.claim("desk"), REJECTED, BURY, "desk", fingerprint="f1")


def test_each_kind_has_a_shape_of_its_own_in_the_document(site: Site) -> None:
    document = site.app.test_client().get("/openapi.json").json
    shape = document["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert shape["discriminator"]["propertyName"] == "kind"
    assert set(shape["discriminator"]["mapping"]) == {kind.value for kind in JobKind}
    for kind, place in shape["discriminator"]["mapping"].items():
        assert {"$ref": place} in shape["oneOf"]
        told = document["components"]["schemas"][place.rpartition("/")[2]]
        assert told["properties"]["kind"]["enum"] == [kind]
        assert told["additionalProperties"] is False


@pytest.mark.parametrize(
    ("kind", "more", "path"),
    [
        ("backfill", {"force": True}, "force"),
        ("backfill", {"filter": {"state": "dead"}}, "filter.state"),
        ("backfill", {"ids": ["x"]}, "ids"),
        ("reconcile", {"filter": {}}, "filter"),
        ("reconcile", {"since": "soon"}, "since"),
        ("reconcile", {"sample": 0}, "sample"),
        ("erase", {"provider": "desk"}, "provider"),
        ("erase", {"rate_per_second": 1}, "rate_per_second"),
        ("replay", {"customer": EMAIL}, "customer"),
        ("replay", {"heal": True}, "heal"),
        ("replay", {"rate_per_second": 0}, "rate_per_second"),
    ],
)
def test_a_field_that_a_kind_does_not_have_is_refused_by_its_path(
    site: Site, kind: str, more: dict[str, Any], path: str
) -> None:
    refused = begin(site, kind, **more)
    assert paths(refused) == [path]
    assert EMAIL not in refused.get_data(as_text=True)
    assert site.desk.jobs.listed() == []


@pytest.mark.parametrize("body", [{"kind": "paint", "why": "x"}, {"why": "x"}, {"kind": 7}, {"kind": None}])
def test_a_kind_that_there_is_not_is_told_with_those_that_there_are(site: Site, body: Any) -> None:
    refused = site.ask(Role.ADMIN, "POST", "/v1/jobs", json=body)
    assert paths(refused) == ["kind"]


def test_what_is_no_object_is_refused(site: Site) -> None:
    for body in ([], "x", 1):
        assert site.ask(Role.ADMIN, "POST", "/v1/jobs", json=body).status_code == 422
    said = site.ask(Role.ADMIN, "POST", "/v1/jobs", data=b"{", content_type="application/json")
    assert said.status_code in (400, 422)


@pytest.mark.parametrize("kind", ["replay", "discard", "rehearse", "backfill", "erase"])
def test_no_kind_but_a_look_at_a_vendor_goes_without_a_reason(site: Site, kind: str) -> None:
    assert paths(site.ask(Role.ADMIN, "POST", "/v1/jobs", json={"kind": kind, **ASKED[kind]})) == ["why"]


@pytest.mark.parametrize("kind", ["replay", "discard", "rehearse", "backfill", "erase"])
def test_a_dry_run_counts_is_over_then_and_can_be_confirmed_by_nobody(site: Site, ledger: Ledger, kind: str) -> None:
    bury(ledger, 2)
    ledger.accept(named("z1", "77"))
    if kind == "backfill":
        add_provider(ledger)
    begun = begin(site, kind, dry_run=True, **({"provider": "new"} if kind == "backfill" else {}))
    assert (begun.status_code, begun.json["dry_run"]) == (202, True), begun.json
    work(ledger, "j1")
    counted = job(site, "j1")
    assert (counted["state"], counted["matched"] > 0, counted["results"]) == ("done", True, {})
    refused = site.ask(Role.ADMIN, "POST", "/v1/jobs/j1/confirm", json={"matched": counted["matched"]})
    assert (refused.status_code, "dry run" in refused.json["detail"]) == (409, True)
    work(ledger, "j1")
    assert job(site, "j1")["results"] == {}
    assert ledger.row("desk").dead == 2
    assert deeds(site) == []


def test_a_dry_run_and_the_deed_itself_are_two_jobs(site: Site, ledger: Ledger) -> None:
    bury(ledger)
    assert begin(site, "replay", dry_run=True).json["id"] == "j1"
    assert begin(site, "replay", dry_run=True).json["id"] == "j1"
    assert begin(site, "replay").json["id"] == "j2"
    work(ledger, "j2")
    assert job(site, "j2")["state"] == "counted"


def test_a_backfill_gives_a_new_provider_what_its_filter_names(site: Site, ledger: Ledger) -> None:
    ledger.accept(snapshot("e1", "1"), snapshot("f1", "2"))
    add_provider(ledger)
    begun = begin(site, "backfill", Role.OPERATOR, provider="new", filter={"order": "2", "since": "1d"})
    assert begun.headers["Location"] == "/v1/jobs/j1"
    assert begun.json["wanted"] == {"provider": "new", "order": "2", "since": "1d"}
    assert begun.json["rate_per_second"] == 50.0
    executor(ledger).execute("j1")
    assert job(site, "j1")["matched"] == 1
    done = site.ask(Role.OPERATOR, "POST", "/v1/jobs/j1/confirm", json={"matched": 1})
    assert done.status_code == 200, done.json
    executor(ledger).execute("j1")
    assert job(site, "j1")["results"] == {"added": 1}
    assert [one.order for one in ledger.deliveries(provider="new")] == ["2"]
    assert deeds(site) == ["backfill"]


@pytest.mark.parametrize(
    ("kind", "more", "field"),
    [
        ("backfill", {"provider": "nobody"}, "provider"),
        ("reconcile", {"provider": "nobody"}, "provider"),
        ("reconcile", {"provider": "ads"}, "provider"),
        ("reconcile", {"why": "", "heal": True}, "why"),
        ("erase", {"customer": "zoe"}, "customer"),
        ("erase", {"customer": "zoe @example.com"}, "customer"),
        ("erase", {"why": f"{EMAIL.upper()} asked"}, "why"),
    ],
)
def test_what_the_desk_does_not_understand_is_told_with_the_field(
    site: Site, kind: str, more: dict[str, Any], field: str
) -> None:
    refused = begin(site, kind, **more)
    assert (refused.status_code, refused.json["field"]) == (400, field)
    assert "zoe" not in refused.get_data(as_text=True).lower()
    assert site.desk.jobs.listed() == []


def test_erasing_is_for_admins_and_stopping_it_is_not(site: Site, ledger: Ledger) -> None:
    ledger.accept(named())
    refused = begin(site, "erase", Role.OPERATOR)
    assert (refused.status_code, "role admin" in refused.json["detail"]) == (403, True)
    assert begin(site, "erase").status_code == 202
    work(ledger, "j1")
    matched = {"matched": job(site, "j1")["matched"]}
    assert site.ask(Role.OPERATOR, "POST", "/v1/jobs/j1/confirm", json=matched).status_code == 403
    assert site.ask(Role.ADMIN, "POST", "/v1/jobs/j1/confirm", json=matched).status_code == 200
    assert site.ask(Role.OPERATOR, "POST", "/v1/jobs/j1/pause").status_code == 200
    assert site.ask(Role.OPERATOR, "POST", "/v1/jobs/j1/resume").status_code == 403
    assert site.ask(Role.ADMIN, "POST", "/v1/jobs/j1/resume").status_code == 200
    assert site.ask(Role.OPERATOR, "POST", "/v1/jobs/j1/cancel").json["state"] == "cancelled"


def test_an_erasure_is_reported_before_and_after_and_the_e_mail_is_nowhere(
    site: Site, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ledger.accept(named("e1"), named("e2"), named("e3", "1002"))
    ledger.intake.refuse(pack_json(named("e4", "1003")), Reason.INVALID, [], source=SOURCE, order="1003")
    said = [begin(site, "erase", customer=EMAIL.upper()).get_data(as_text=True)]
    assert "report" not in site.ask(Role.VIEWER, "GET", "/v1/jobs/j1/results").json
    work(ledger, "j1")
    before = site.ask(Role.VIEWER, "GET", "/v1/jobs/j1/results").json
    counts = {"orders": 2, "events": 3, "deliveries": 6, "refusals": 1, "failed": []}
    assert {name: before["report"][name] for name in counts} == counts
    assert (before["report"]["dry_run"], before["report"]["job"], before["items"]) == (True, "j1", [])
    site.ask(Role.ADMIN, "POST", "/v1/jobs/j1/confirm", json={"matched": job(site, "j1")["matched"]})
    work(ledger, "j1")
    after = site.ask(Role.VIEWER, "GET", "/v1/jobs/j1/results")
    report = after.json["report"]
    assert {name: report[name] for name in counts} == counts
    assert report["bytes"] > 100
    assert report["files"] == ["The append-only file was rewritten."]
    said += [after.get_data(as_text=True), str(job(site, "j1")), str(list(site.desk.deeds())), caplog.text]
    assert "zoe" not in "".join(said).lower()
    left = {key: text for key, text in everything(ledger).items() if any(one in text for one in PLANTED)}
    assert left == {}


def test_a_dry_run_of_an_erasure_tells_what_would_be_erased(site: Site, ledger: Ledger) -> None:
    ledger.accept(named())
    begin(site, "erase", dry_run=True)
    work(ledger, "j1")
    report = site.ask(Role.VIEWER, "GET", "/v1/jobs/j1/results").json["report"]
    assert (report["orders"], report["events"], report["deliveries"], report["dry_run"]) == (1, 1, 2, True)
    assert "erased_at" not in site.ask(Role.VIEWER, "GET", "/v1/orders?number=1001").json["events"][0]


def test_results_are_read_to_their_end_and_by_their_words(site: Site, ledger: Ledger) -> None:
    bury(ledger, 5)
    begin(site, "discard")
    work(ledger, "j1")
    ledger.dead.replay(ledger.deliveries(state="dead")[0].id)
    site.ask(Role.ADMIN, "POST", "/v1/jobs/j1/confirm", json={"matched": 5})
    work(ledger, "j1")
    first = site.ask(Role.VIEWER, "GET", "/v1/jobs/j1/results?limit=3").json
    second = site.ask(Role.VIEWER, "GET", f"/v1/jobs/j1/results?limit=3&cursor={first['next']}").json
    assert (len(first["items"]), len(second["items"]), second["next"]) == (3, 2, None)
    assert len({one["id"] for one in first["items"] + second["items"]}) == 5
    words = {one["result"] for one in first["items"] + second["items"]}
    for word in words:
        some = site.ask(Role.VIEWER, "GET", f"/v1/jobs/j1/results?result={word}").json["items"]
        assert {one["result"] for one in some} == {word}
    assert site.ask(Role.VIEWER, "GET", "/v1/jobs/j1/results?result=painted").json["items"] == []


@pytest.mark.parametrize("odd", ["+1001", ">1001", ">"])
def test_an_order_whose_number_begins_with_a_sign_is_erased_as_all_others(site: Site, ledger: Ledger, odd: str) -> None:
    numbers = [*(f"a{n}" for n in range(3)), odd, *(f"b{n}" for n in range(60))]
    for n, number in enumerate(numbers):
        ledger.accept(named(f"e{n}1", number))
    erasure = begin(site, "erase").json["id"]
    work(ledger, erasure)
    assert site.ask(Role.ADMIN, "POST", f"/v1/jobs/{erasure}/confirm", json={"matched": 66}).status_code == 200
    JobExecutor(tools(ledger.store), threading.Event()).execute(erasure, time.monotonic() + 20)
    assert job(site, erasure)["state"] == "done"
    assert not telling(ledger)
    told = site.ask(Role.ADMIN, "GET", f"/v1/jobs/{erasure}/results?result=erased&limit=500").json
    assert len(told["items"]) == len(numbers) + 1
    assert told["report"]["orders"] == len(numbers)


def test_who_asks_for_what_somebody_has_just_confirmed_gets_that_job(site: Site, ledger: Ledger, monkeypatch) -> None:
    ledger.accept(snapshot("e1"))
    ledger.finish(ledger.claim("desk"), REJECTED, BURY, "desk")
    first = begin(site, "replay").json["id"]
    work(ledger, first)
    cancel = Jobs.cancel

    def late(self: Jobs, job_id: str, **more: Any) -> Any:
        Jobs(ledger.store).confirm(job_id, 1, by=MIA)
        return cancel(self, job_id, **more)

    monkeypatch.setattr(Jobs, "cancel", late)
    assert begin(site, "replay").json["id"] == first
    assert job(site, first)["state"] == "running"

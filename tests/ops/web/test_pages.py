"""What the pages show and do: to people of each role, of hostile letters, with two at one button."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from schemas.outcome import Reason
from schemas.principal import Role
from tests.fakes.job_tools import tools
from tests.fakes.ledger import BURY, REJECTED, Ledger, snapshot
from tests.fakes.servers import Server
from tests.fakes.site import Site
from worker.jobs.executor import JobExecutor
from worker.ledger.job_lists import JobResult
from worker.ledger.jobs import Jobs

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7919 * 7907 }}'


def bury(ledger: Ledger, many: int, message: str = "No product 'A-1'.", excerpt: str = "") -> list[str]:
    told = replace(REJECTED, message=message, excerpt=excerpt)
    for n in range(many):
        ledger.accept(snapshot(f"e{n}1", str(n)))
        ledger.finish(ledger.claim("desk"), told, BURY, "desk", fingerprint="f1")
    return [one.id for one in ledger.deliveries(provider="desk", state="dead")]


def work(ledger: Ledger, job_id: str) -> None:
    JobExecutor(tools(ledger.store), threading.Event()).execute(job_id)


def test_a_hostile_letter_is_text_on_every_page_that_shows_it(site: Site, ledger: Ledger) -> None:
    [letter] = bury(ledger, 1, HOSTILE, HOSTILE + "x" * 3_000)
    ledger.intake.refuse(HOSTILE.encode(), Reason.INVALID, [], source=HOSTILE[:60], order=HOSTILE[:60])
    browser = site.browser(Role.OPERATOR)
    for path in ("/", "/dead", "/dead/desk/f1", "/deliveries", f"/deliveries/{letter}", "/refusals", "/refusals/r2",
                 "/refusals/r2/body", "/order?number=0&source=shop/one", "/audit"):  # fmt: skip
        page = browser.text(path)
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert "62615533" not in page.partition("<main")[2] or "{{ 7919 * 7907 }}" in page, path


def test_a_name_of_64_kib_in_an_address_or_a_form_is_refused_in_a_sentence(site: Site) -> None:
    browser = site.browser(Role.OPERATOR)
    long = "n" * 65_536
    assert browser.post("/search", q=long).status_code == 200
    assert browser.get(f"/deliveries?order={long}").status_code == 400
    assert browser.post("/providers/desk/pause", why=long[:3_000]).status_code in (302, 400)
    assert site.ask(Role.OPERATOR, "POST", "/v1/providers/desk/pause", json={"why": long}).status_code == 422


def test_an_e_mail_that_is_searched_for_is_in_no_address(site: Site, ledger: Ledger) -> None:
    browser = site.browser(Role.VIEWER)
    found = browser.post("/search", q="ida@example.com")
    assert (found.status_code, "ida@example.com" in found.get_data(as_text=True)) == (200, False)
    assert "Nothing of that number, id or e-mail" in found.get_data(as_text=True)


def test_what_can_only_be_one_thing_is_opened_at_once(site: Site, ledger: Ledger) -> None:
    [letter] = bury(ledger, 1)
    browser = site.browser(Role.VIEWER)
    assert browser.post("/search", q="0").headers["Location"] == "/order?number=0&source=shop/one"
    assert browser.post("/search", q=letter[:8]).headers["Location"] == f"/deliveries/{letter}"


def test_what_a_scheduled_reconciliation_has_found_is_on_the_overview(site: Site, ledger: Ledger) -> None:
    wanted = {"provider": "desk", "since": "7d", "sample": "50"}
    jobs, shard = Jobs(ledger.store), ledger.store
    jobs.schedule(3_600_000, wanted, wanted, why="scheduled: every 1 h")
    attempt = jobs.begin_counting("j1")
    jobs.lists.add("j1", attempt, shard, ["d1 o1", "d2 o2"])
    jobs.end_counting("j1", attempt, 2)
    gone = JobResult("missing", "The vendor has no such order.")
    jobs.lists.finish("j1", shard, [("d2 o2", gone), ("d1 o1", JobResult("same"))])
    jobs.lists.finish("j1", shard, [("d1 o1", JobResult("same"))])
    jobs.end("j1")
    ledger.gates.beat("w")
    browser = site.browser(Role.VIEWER)
    for path in ("/", "/overview/now"):
        page = browser.text(path)
        assert "desk was asked for 2 orders at" in page
        assert "1 missing there. Job j1 says which and how." in page
    assert site.ask(Role.VIEWER, "GET", "/v1/status").get_json()["schedules"][0]["missing"] == 1
    assert "a schedule" in browser.text("/jobs/j1")


def test_a_job_touches_nothing_before_its_count_is_confirmed_and_then_exactly_that(site: Site, ledger: Ledger) -> None:
    bury(ledger, 3)
    browser = site.browser(Role.OPERATOR)
    begun = browser.post("/jobs", kind="replay", provider="desk", state="dead", why="mended")
    assert begun.headers["Location"] == "/jobs/j1"
    work(ledger, "j1")
    assert "Replay 3 deliveries" in browser.text("/jobs/j1")
    assert ledger.row("desk").dead == 3
    assert browser.post("/jobs/j1/confirm", matched="2").status_code == 409
    assert browser.post("/jobs/j1/confirm", matched="3").status_code == 302
    work(ledger, "j1")
    assert "3 done, 0 failed, 0 left of 3" in browser.text("/jobs/j1/now")
    assert ledger.row("desk").dead == 0
    assert "replay" in browser.text("/audit")


def test_of_two_who_press_at_once_there_is_one_job_and_the_other_is_told(site: Site, ledger: Ledger) -> None:
    bury(ledger, 2)
    operator, admin = site.browser(Role.OPERATOR), site.browser(Role.ADMIN)
    first = operator.post("/jobs", kind="discard", provider="desk", why="old")
    second = admin.post("/jobs", kind="discard", provider="desk", why="mine")
    assert first.headers["Location"] == second.headers["Location"] == "/jobs/j1"
    assert "a-operator via web has asked for the same" in admin.text("/jobs/j1")
    work(ledger, "j1")
    assert operator.post("/jobs/j1/confirm", matched="2").status_code == 302
    late = admin.post("/jobs/j1/confirm", matched="2")
    assert late.status_code == 409
    assert "is running" in late.get_data(as_text=True)


def test_one_letter_is_replayed_corrected_and_the_original_is_kept(site: Site, ledger: Ledger) -> None:
    [letter] = bury(ledger, 1)
    browser = site.browser(Role.OPERATOR)
    page = browser.text(f"/deliveries/{letter}/event")
    text = page.partition('spellcheck="false">')[2].partition("</textarea>")[0].replace("&#34;", '"')
    wrong = browser.post(
        f"/deliveries/{letter}/preview", edited=text.replace('"EUR"', '"EURO"').replace('"DKK"', '"DKKK"')
    )
    assert "data.order.currency" in wrong.get_data(as_text=True)
    edited = text.replace('"Glue"', '"Better glue"')
    shown = browser.post(f"/deliveries/{letter}/preview", edited=edited, why="renamed").get_data(as_text=True)
    assert "+" in shown
    assert "Better glue" in shown
    assert ledger.states(provider="desk") == {"e01": "dead"}
    assert browser.post(f"/deliveries/{letter}/replay", edited=edited, why="renamed").status_code == 302
    assert ledger.states(provider="desk") == {"e01": "dead"} or ledger.claim("desk").edit == 1


def test_a_deed_without_a_reason_is_not_done(site: Site, ledger: Ledger) -> None:
    [letter] = bury(ledger, 1)
    browser = site.browser(Role.OPERATOR)
    for path in (f"/deliveries/{letter}/replay", f"/deliveries/{letter}/discard", "/providers/desk/pause"):
        refused = browser.post(path, why="  ")
        assert refused.status_code == 400
        assert "Say why" in refused.get_data(as_text=True)
    assert ledger.row("desk").dead == 1


def test_whoever_looks_into_an_event_is_on_record_and_a_viewer_may_not(site: Site, ledger: Ledger) -> None:
    [letter] = bury(ledger, 1)
    assert site.browser(Role.VIEWER).get(f"/deliveries/{letter}/event").status_code == 403
    site.browser(Role.OPERATOR).text(f"/deliveries/{letter}/event")
    assert any(deed.verb == "read" and deed.who == "a-operator via web" for deed in site.desk.deeds())


def test_a_cause_is_taken_noted_ignored_and_comes_back(site: Site, ledger: Ledger) -> None:
    bury(ledger, 1)
    browser, at = site.browser(Role.OPERATOR), "/dead/desk/f1"
    assert browser.post(f"{at}/take").status_code == 302
    assert browser.post(f"{at}/note", note="Asked them.").status_code == 302
    page = browser.text(at)
    assert "a-operator via web, since" in page
    assert "Asked them." in page
    assert site.browser(Role.ADMIN).post(f"{at}/take").status_code == 409
    assert browser.post(f"{at}/ignore", why="known", more="1").status_code == 302
    assert "desk</td>" not in browser.text("/dead")
    ledger.accept(snapshot("x1", "77"))
    ledger.finish(ledger.claim("desk"), REJECTED, BURY, "desk", fingerprint="f1")
    assert "desk</td>" in browser.text("/dead")


def test_where_the_store_is_away_every_page_says_so_and_comes_back(tmp_path: Path) -> None:
    with Server(tmp_path / "store") as server:
        ledger = Ledger(server.url, "desk")
        site = Site(ledger)
        browser = site.browser(Role.VIEWER)
        server.kill()
        for path in ("/", "/deliveries", "/jobs", "/order?number=1"):
            away = browser.get(path)
            assert away.status_code == 503
            assert away.headers["Retry-After"] == "5"
            assert 'http-equiv="refresh"' in away.get_data(as_text=True)
        assert site.ask(None, "GET", "/readyz").status_code == 503
        assert site.ask(None, "GET", "/healthz").status_code == 200
        server.start()
        assert browser.get("/").status_code == 200
        ledger.store.close()


@pytest.mark.parametrize("path", ["/dead", "/deliveries", "/refusals", "/jobs", "/audit", "/"])
def test_an_empty_list_says_what_would_be_there(site: Site, path: str) -> None:
    page = site.browser(Role.VIEWER).text(path).partition("<main")[2]
    assert any(
        words in page for words in ("appears here", "No cause is", "is kept", "There is no dead letter", "a-viewer")
    )


def test_a_method_that_an_address_does_not_have_is_answered_with_those_it_has(site: Site) -> None:
    told = site.ask(None, "PUT", "/healthz")
    assert told.status_code == 405
    assert set(told.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}

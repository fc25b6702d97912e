"""Backfill, reconcile and erase on the pages: counted first, confirmed, told; and a form that is wrong comes again."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from schemas.bulk_job import JobKind
from schemas.outcome import Reason
from schemas.principal import Role
from tests.fakes.backfilled import MIA, add_provider, executor
from tests.fakes.job_tools import tools
from tests.fakes.ledger import Ledger, snapshot
from tests.fakes.planted_customer import EMAIL, named
from tests.fakes.reconciled import THREE, Reconciled, three_orders
from tests.fakes.site import Browser, Site
from worker.jobs.executor import JobExecutor


@pytest.fixture
def there(clean_store: str) -> Iterator[Reconciled]:
    with three_orders(clean_store) as made:
        yield made


def main(browser: Browser, path: str) -> str:
    return browser.text(path).partition("<main")[2]


def work(ledger: Ledger, job_id: str) -> None:
    JobExecutor(tools(ledger.store), threading.Event()).execute(job_id)


def test_a_backfill_is_counted_confirmed_and_told_with_its_coverage(site: Site, ledger: Ledger) -> None:
    ledger.accept(snapshot("e1", "1"), snapshot("f1", "2"), snapshot("g1", "3", test=True))
    add_provider(ledger)
    browser = site.browser(Role.OPERATOR)
    assert "behind live traffic" in main(browser, "/providers/new")
    begun = browser.post("/providers/new/backfill", since="1d", rate="1000", why="new here")
    assert begun.headers["Location"] == "/jobs/j1"
    executor(ledger).execute("j1")
    counted = main(browser, "/jobs/j1")
    assert "Send new the newest snapshot of 2 orders</button>" in counted
    assert "3 orders: 1 not wanted there, 2 to add." in counted
    assert ledger.deliveries(provider="new") == []
    browser.post("/jobs/j1/confirm", matched="2")
    executor(ledger).execute("j1")
    assert "3 orders: 2 added, 1 not wanted there." in main(browser, "/jobs/j1")
    assert len(ledger.deliveries(provider="new")) == 2
    again = browser.post("/providers/new/backfill", why="once more").headers["Location"]
    executor(ledger).execute(again.rpartition("/")[2])
    assert "Nothing to backfill: new has all that it wants." in main(browser, again)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"since": "soon", "why": "w"}, "is no point in time"),
        ({"source": "shop/one"}, "Say why"),
        ({"rate": "fast", "why": "w"}, "A pace is a number above 0"),
    ],
)
def test_a_backfill_that_is_wrong_comes_again_with_what_was_typed(
    site: Site, ledger: Ledger, fields: dict[str, str], says: str
) -> None:
    ledger.furnish()
    refused = site.browser(Role.OPERATOR).post("/providers/desk/backfill", **fields)
    page = refused.get_data(as_text=True)
    assert (refused.status_code, says in page, "<details open>" in page) == (400, True, True)
    for value in fields.values():
        assert f'value="{value}"' in page
    assert site.desk.jobs.listed() == []


def test_a_kind_that_no_form_has_begins_nothing(site: Site) -> None:
    for kind in ("erase", "backfill", "paint", ""):
        assert site.browser(Role.ADMIN).post("/jobs", kind=kind, why="w", order="1").status_code == 400


def test_a_vendor_that_cannot_be_asked_has_no_form_and_the_page_says_why(site: Site, ledger: Ledger) -> None:
    ledger.furnish()
    page = main(site.browser(Role.OPERATOR), "/providers/ads")
    assert "cannot be asked for its orders" in page
    assert "/providers/ads/reconcile" not in page
    assert "/providers/ads/backfill" not in main(site.browser(Role.VIEWER), "/providers/ads")


def test_what_a_vendor_lacks_is_told_by_order_and_healed(there: Reconciled) -> None:
    there.delete(THREE[1])
    site = Site(there.ledger)
    browser = site.browser(Role.OPERATOR)
    begun = browser.post("/providers/orderdesk/reconcile", since="2d", rate="50")
    assert begun.headers["Location"] == "/jobs/j1", begun.get_data(as_text=True)
    there.executor().execute("j1")
    assert "Ask orderdesk 4 questions</button>" in main(browser, "/jobs/j1")
    assert browser.post("/jobs/j1/confirm", matched="4").status_code == 302
    there.executor().execute("j1")
    told = main(browser, "/jobs/j1")
    assert "2 same, 1 missing." in told
    assert "/order?number=2002" in told
    assert "/order?number=2001" not in told
    assert "The vendor has no order" in told
    api = site.ask(Role.VIEWER, "GET", "/v1/jobs/j1/results?result=missing").json["items"]
    assert [one["result"] for one in api] == ["missing"]
    assert there.ledger.row("orderdesk").pending == 0

    refused = browser.post("/providers/orderdesk/reconcile", since="2d", heal="on")
    assert (refused.status_code, "Say why" in refused.get_data(as_text=True)) == (400, True)
    assert 'name="heal" checked' in refused.get_data(as_text=True)
    wanted = {"kind": "reconcile", "provider": "orderdesk", "since": "2d", "heal": True, "why": "deleted by mistake",
              "rate_per_second": 50}  # fmt: skip
    assert site.ask(Role.VIEWER, "POST", "/v1/jobs", json=wanted).status_code == 403
    assert site.ask(Role.OPERATOR, "POST", "/v1/jobs", json=wanted).json["forced"] is True
    there.executor().execute("j2")
    assert "and send again what is missing or different</button>" in main(browser, "/jobs/j2")
    browser.post("/jobs/j2/confirm", matched="4")
    there.executor().execute("j2")
    assert "It was missing." in main(browser, "/jobs/j2")
    there.work(1)
    assert there.keys() == 3


def test_a_sample_and_a_dry_run_ask_the_vendor_nothing_yet(there: Reconciled) -> None:
    site = Site(there.ledger)
    browser = site.browser(Role.OPERATOR)
    assert browser.post("/providers/orderdesk/reconcile", since="2d", sample="some").status_code == 400
    at = browser.post("/providers/orderdesk/reconcile", since="2d", sample="2").headers["Location"]
    there.executor().execute("j1")
    assert "Ask orderdesk 2 questions</button>" in main(browser, at)
    dry = {"kind": "reconcile", "provider": "orderdesk", "since": "2d", "dry_run": True}
    assert site.ask(Role.OPERATOR, "POST", "/v1/jobs", json=dry).json["id"] == "j2"
    there.executor().execute("j2")
    page = main(browser, "/jobs/j2")
    assert "it only counts, and cannot be confirmed" in page
    assert "<button" not in page
    assert browser.post("/jobs/j2/confirm", matched="4").status_code == 409


def test_what_a_vendor_holds_beside_is_text_however_hostile_and_opens_nothing(site: Site, ledger: Ledger) -> None:
    ledger.accept(snapshot("e1", "1"))
    job, _ = site.desk.jobs.open(JobKind.RECONCILE, {"provider": "desk"}, {}, by=MIA, why="w")
    ledger.store.client.rpush(
        ledger.store.keys.key("job_results", job=1), "<b>900</b> extra The vendor holds it as <script>alert(1)</script>"
    )
    page = main(site.browser(Role.VIEWER), f"/jobs/{job.id}")
    assert "&lt;b&gt;900&lt;/b&gt;" in page
    assert "<script>alert" not in page
    assert "/deliveries/" not in page


def test_erasing_is_found_by_admins_counted_confirmed_and_told(site: Site, ledger: Ledger) -> None:
    ledger.accept(named("e1"), named("e2"), snapshot("o1", "2001"))
    admin, operator = site.browser(Role.ADMIN), site.browser(Role.OPERATOR)
    assert 'href="/erase"' in main(admin, "/people")
    assert 'href="/erase"' in main(admin, "/search")
    assert 'href="/erase"' not in main(operator, "/search")
    assert operator.get("/erase").status_code == 403
    begun = admin.post("/erase", page="/erase", customer=EMAIL.upper(), why="she asked")
    assert begun.headers["Location"] == "/jobs/j1"
    work(ledger, "j1")
    counted = main(admin, "/jobs/j1")
    assert "Erase the customer from 1 order with 2 events, for ever</button>" in counted
    assert "<dt>Deliveries</dt><dd>4</dd>" in counted
    seen = main(operator, "/jobs/j1")
    assert "An admin has to confirm it." in seen
    assert "/jobs/j1/confirm" not in seen
    matched = str(site.desk.jobs.job("j1").matched)
    assert operator.post("/jobs/j1/confirm", matched=matched).status_code == 403
    assert admin.post("/jobs/j1/confirm", matched=matched).status_code == 302
    work(ledger, "j1")
    ledger.store.client.rpush("ordercast.intake", b"{}")
    told = main(admin, "/jobs/j1")
    assert "1 message waits unread at the broker." in told
    assert site.ask(Role.VIEWER, "GET", "/v1/jobs/j1/results").json["report"]["unread"] == 1
    assert "What was erased" in told
    assert "The append-only file was rewritten." in told
    pages = told + seen + counted + main(admin, "/audit") + main(admin, "/jobs") + main(admin, "/order?number=1001")
    assert "zoe" not in pages.lower()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"customer": "zoe", "why": "she asked"}, "no e-mail address"),
        ({"customer": EMAIL, "why": ""}, "Say why"),
        ({"customer": EMAIL, "why": f"of {EMAIL}"}, "leave the e-mail out of it"),
        ({"customer": "", "why": "she asked"}, "Say the customer"),
        ({"customer": f"{EMAIL}{'m' * 300}", "why": "she asked"}, "customer: Length"),
    ],
)
def test_an_erasure_that_is_wrong_comes_again_without_what_was_typed(
    site: Site, fields: dict[str, str], says: str
) -> None:
    refused = site.browser(Role.ADMIN).post("/erase", page="/erase", **fields)
    page = refused.get_data(as_text=True)
    assert (refused.status_code, says in page, 'name="customer"' in page) == (400, True, True)
    assert "zoe" not in page
    assert site.desk.jobs.listed() == []


def test_of_two_admins_who_erase_the_same_customer_there_is_one_job(site: Site, ledger: Ledger) -> None:
    ledger.accept(named())
    one = site.browser(Role.ADMIN)
    assert one.post("/erase", page="/erase", customer=EMAIL, why="she asked").headers["Location"] == "/jobs/j1"
    asked = {"kind": "erase", "customer": EMAIL.title(), "why": "she asked me too"}
    assert site.ask(Role.ADMIN, "POST", "/v1/jobs", json=asked).json["id"] == "j1"
    work(ledger, "j1")
    matched = site.desk.jobs.job("j1").matched
    assert one.post("/jobs/j1/confirm", matched=str(matched)).status_code == 302
    late = site.ask(Role.ADMIN, "POST", "/v1/jobs/j1/confirm", json={"matched": matched})
    assert (late.status_code, "is running" in late.json["detail"]) == (409, True)


@pytest.mark.parametrize("path", ["/erase", "/providers/desk/backfill", "/providers/desk/reconcile", "/export/orders"])
def test_a_form_without_its_token_begins_nothing(site: Site, ledger: Ledger, path: str) -> None:
    ledger.accept(named())
    admin = site.browser(Role.ADMIN)
    forged = admin.client.post(path, data={"customer": EMAIL, "since": "2d", "why": "forged"})
    assert (forged.status_code, "comes from elsewhere" in forged.get_data(as_text=True)) == (400, True)
    assert site.desk.jobs.listed() == []
    assert [deed for deed in site.desk.deeds() if deed.why == "forged"] == []


def test_a_list_is_downloaded_as_the_page_shows_it_and_bodies_have_a_reason(site: Site, ledger: Ledger) -> None:
    ledger.accept(named("e1"), named("e2", "1002"))
    viewer, operator = site.browser(Role.VIEWER), site.browser(Role.OPERATOR)
    page = main(viewer, "/deliveries?order=1002&state=")
    assert 'action="/export/deliveries"' in page
    assert '<input type="hidden" name="order" value="1002">' in page
    assert "With bodies" not in page
    got = viewer.get("/export/deliveries?order=1002&state=&format=csv")
    assert got.headers["Content-Disposition"].endswith('.csv"')
    assert got.text.count("\r\n") == 3
    assert viewer.post("/export/orders", why="w").status_code == 403
    assert operator.post("/export/orders", why=" ").status_code == 400
    with_bodies = operator.post("/export/orders", why="move", format="jsonl")
    assert with_bodies.text.count(EMAIL) == 2
    [deed] = [deed for deed in site.desk.deeds() if deed.verb == "read"]
    assert (deed.what, deed.why) == ("export orders with bodies", "move")
    assert viewer.get("/export/orders?since=soon").status_code == 400
    assert 'action="/export/orders"' in main(viewer, "/search")
    ledger.intake.refuse(b"{}", Reason.INVALID, [])
    assert 'action="/export/refusals"' in main(viewer, "/refusals")


def test_the_graph_and_its_table_have_the_delay_of_95_in_100(site: Site, ledger: Ledger) -> None:
    ledger.accept(snapshot("e1", "1"))
    ledger.advance(10)
    ledger.deliver("desk")
    ledger.tick("desk")
    viewer = site.browser(Role.VIEWER)
    told = viewer.get("/overview/activity.json").json
    delays = [one for one in told["delay_p95_ms"] if one is not None]
    assert len(told["delay_p95_ms"]) == len(told["at"])
    assert len(delays) == 1
    assert 5_000 <= delays[0] <= 20_000
    page = main(viewer, "/")
    assert "95 in 100 delivered within" in page
    assert f'<td class="number">{delays[0] / 1000:.1f} s</td>' in page

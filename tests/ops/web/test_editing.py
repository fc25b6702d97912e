"""Corrected events at the pages: what was typed stays, what cannot be done is told, what is odd is shown first."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from werkzeug.test import TestResponse

from schemas.config import LimitsConfig
from schemas.event import event_document
from schemas.principal import Role
from tests.fakes.ledger import BURY, REJECTED, Ledger
from tests.fakes.site import Browser, Site
from tests.fakes.snapshots import snapshot as sound_snapshot
from worker.intake.admission import Admission

ORIGINAL = sound_snapshot(id="e1", source="shop/one", revision=3)
WHY = "the address <was> wrong"


@pytest.fixture
def letter(ledger: Ledger) -> str:
    ledger.accept(ORIGINAL)
    ledger.finish(ledger.claim("desk"), REJECTED, BURY, "desk", fingerprint="f1")
    [dead] = ledger.deliveries(provider="desk", state="dead")
    return dead.id


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.browser(Role.OPERATOR)


def document(number: str = "1001", **changes: Any) -> str:
    told = event_document(ORIGINAL)
    told["data"]["order"] |= {"number": number, "comment": "beside the <gate>"}
    return json.dumps(told | {"subject": number} | changes)


def page_of(got: TestResponse, status: int) -> str:
    page = got.get_data(as_text=True)
    assert got.status_code == status, page[-800:]
    return page


def typed(page: str) -> str:
    """What stands in the field of the event."""
    found = re.search(r'<textarea name="edited"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return unescape(found[1])


def reason(page: str) -> str:
    found = re.search(r'<textarea name="edited".*?<input name="why" value="([^"]*)" required', page, re.DOTALL)
    assert found is not None
    return unescape(found[1])


def faulty(page: str) -> list[str]:
    """The fields that the page says are at fault."""
    return re.findall(r'name="(\w+)"[^>]* aria-invalid="true" aria-describedby="fault"', page)


def deeds(site: Site) -> list[tuple[str, str]]:
    return [(deed.verb, deed.what) for deed in site.desk.deeds() if deed.verb in ("replay", "enqueue")]


@pytest.mark.parametrize("deed", ["replay", "second"])
def test_a_correction_without_a_reason_is_shown_again_as_it_was_typed(
    site: Site, browser: Browser, letter: str, deed: str
) -> None:
    page = page_of(browser.post(f"/deliveries/{letter}/{deed}", edited=document("1001"), why=" "), 400)
    assert (typed(page), reason(page), faulty(page)) == (document("1001"), "", ["why"])
    assert "Say why" in page
    assert deeds(site) == []


@pytest.mark.parametrize(
    ("deed", "change", "told"),
    [
        ("replay", {"revision": "three"}, (422, "Nothing was done. The event is not valid: revision")),
        ("replay", {"id": "e2"}, (422, "Its id is 'e2', not 'e1'")),
        ("second", {"revision": "three"}, (400, "The event is not valid: revision")),
        ("second", {"source": "shop/two"}, (400, "a second order comes from the same source")),
    ],
)
def test_a_correction_that_is_none_is_shown_again_and_is_not_on_record(
    site: Site, letter: str, deed: str, change: dict[str, Any], told: tuple[int, str]
) -> None:
    status, says = told
    wrong = document(**change)
    page = page_of(site.browser(Role.OPERATOR).post(f"/deliveries/{letter}/{deed}", edited=wrong, why=WHY), status)
    assert (typed(page), reason(page), faulty(page)) == (wrong, WHY, ["edited"])
    assert says in unescape(page)
    assert deeds(site) == []
    assert site.ledger.states(provider="desk") == {"e1": "dead"}


@pytest.mark.parametrize("deed", ["replay", "second"])
def test_an_empty_correction_keeps_its_reason(browser: Browser, letter: str, deed: str) -> None:
    page = page_of(browser.post(f"/deliveries/{letter}/{deed}", edited=" ", why=WHY), 400)
    assert (reason(page), faulty(page)) == (WHY, ["edited"])
    assert "The corrected event is empty." in page


def test_a_correction_of_what_has_not_stopped_is_shown_again(browser: Browser, ledger: Ledger, letter: str) -> None:
    assert browser.post(f"/deliveries/{letter}/replay", edited=document(), why=WHY).status_code == 302
    other = document(revision=4)
    page = page_of(browser.post(f"/deliveries/{letter}/replay", edited=other, why=WHY), 422)
    assert (typed(page), "It has not stopped" in page) == (other, True)
    assert ledger.claim("desk").event.revision == 3


def test_a_correction_that_changes_nothing_is_not_done_and_a_replay_is_offered(
    site: Site, browser: Browser, ledger: Ledger, letter: str
) -> None:
    same = typed(browser.text(f"/deliveries/{letter}/event"))
    page = page_of(browser.post(f"/deliveries/{letter}/replay", edited=same.replace("\n", "\r\n"), why=WHY), 422)
    assert "Nothing was changed" in page
    assert deeds(site) == []
    offered = page.partition(f'action="/deliveries/{letter}/replay"')[2].partition("</form>")[0]
    assert ('name="edited"' in offered, f'value="{WHY.replace("<", "&lt;").replace(">", "&gt;")}"' in offered) == (
        False,
        True,
    )
    assert browser.post(f"/deliveries/{letter}/replay", why=WHY).status_code == 302
    assert deeds(site) == [("replay", f"1: {letter}")]
    assert ledger.claim("desk").edit == 0


def confirmed(page: str) -> str:
    found = re.search(r'name="confirmed" value="([0-9a-f]{16})"', page)
    assert found is not None
    return found[1]


def test_a_second_order_of_the_same_number_is_accepted_when_its_warnings_were_confirmed(
    site: Site, browser: Browser, ledger: Ledger, letter: str
) -> None:
    at = f"/deliveries/{letter}/second"
    page = page_of(browser.post(at, edited=document(), why=WHY), 200)
    assert "It keeps number 1001, so that it is the same order to most vendors." in page
    assert [f"<li>{name}: " in page for name in ("desk", "ads")] == [True, True]
    assert (typed(page), reason(page)) == (document(), WHY)
    assert (deeds(site), ledger.states(provider="desk")) == ([], {"e1": "dead"})
    done = browser.post(at, edited=typed(page), why=WHY, confirmed=confirmed(page))
    assert done.headers["Location"] == "/order?number=1001&source=shop/one"
    assert [verb for verb, _ in deeds(site)] == ["enqueue"]
    assert len(ledger.states(provider="desk")) == 2


def test_a_second_order_that_was_changed_after_it_was_shown_is_shown_again(
    site: Site, browser: Browser, letter: str
) -> None:
    at = f"/deliveries/{letter}/second"
    page = page_of(browser.post(at, edited=document("1002"), why=WHY), 200)
    assert ("It keeps number" in page, "order 1002 of shop/one, for desk, ads." in page) == (False, True)
    again = page_of(browser.post(at, edited=document("1001"), why=WHY, confirmed=confirmed(page)), 200)
    assert ("It keeps number 1001" in again, deeds(site)) == (True, [])
    assert confirmed(again) != confirmed(page)


@pytest.fixture
def refusal(ledger: Ledger) -> str:
    """An invalid event that was brought to the door; the id of its refusal."""
    [receipt] = Admission(ledger.intake, LimitsConfig(), lambda _: None).admit([document(revision="x").encode()])
    assert receipt.status == "refused"
    return "r1"


@pytest.mark.parametrize(
    ("edited", "why", "told"),
    [
        (document(revision=4), " ", (400, "why", "Say why")),
        (" ", WHY, (400, "edited", "The corrected event is empty.")),
        (document(revision="four"), WHY, (422, "edited", "It is still refused: The event is not valid: revision")),
    ],
)
def test_a_corrected_refusal_that_is_not_accepted_is_shown_again_as_it_was_typed(
    site: Site, refusal: str, edited: str, why: str, told: tuple[int, str, str]
) -> None:
    status, field, says = told
    page = page_of(site.browser(Role.OPERATOR).post(f"/refusals/{refusal}/accept", edited=edited, why=why), status)
    assert (typed(page), reason(page), faulty(page)) == (edited, why.strip(), [field])
    assert says in page
    assert deeds(site) == []


def test_the_id_of_a_refused_event_opens_its_refusal(browser: Browser, refusal: str) -> None:
    assert browser.post("/search", q="e1").headers["Location"] == f"/refusals/{refusal}"

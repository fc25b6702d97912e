"""The desk in a real browser, from the first log-in to the record of what was done."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.chaos.orders import told
from tests.fakes.browsing import AXE, CHROMIUM, Walk, chromium, served
from tests.fakes.house import House
from tests.fakes.waiting import wait_until

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None and "CI" not in os.environ, reason="needs Debian's chromium"),
    pytest.mark.timeout(300),
]
LETTERS = 8


def test_a_night_at_the_desk(tmp_path: Path) -> None:  # noqa: PLR0915  a night is long
    events = [event for event in told(LETTERS, random.Random(7)) if event["type"] == "order.created"]
    with House(tmp_path, "orderdesk", "retargeting") as house, served(house) as link, chromium() as browser:
        house.fault("orderdesk", do="status", status=400, body='{"status":"error","message":"No such folder."}',
                    times=None, match={"mutating": True})  # fmt: skip
        house.send(*events)
        wait_until(lambda: len(house.deliveries(state="dead")) == LETTERS, 60)
        walk = Walk.begin(browser, link)
        page = walk.page

        walk.reads("How it stands")
        walk.reads(f"{LETTERS} dead letters wait for a person")
        walk.shoot("overview")
        walk.go("/dead", "causes")
        page.get_by_role("link", name=str(LETTERS), exact=True).click()
        walk.press("I see to it")
        walk.reads("You see to this cause.")
        walk.press("Keep the note", note="Asked the vendor.")
        walk.reads("Asked the vendor.")
        walk.shoot("cause")
        cause = page.url.removeprefix(walk.url)

        walk.press("Rehearse all", why="to see what would come of them")
        walk.press_if_there("Rehearse")
        walk.reads("done:")
        walk.shoot("rehearsal-of-all")

        walk.go(cause)
        walk.press("Discard all …", why="a mistake")
        walk.reads("counted:")
        walk.press("Cancel")
        walk.reads("cancelled:")
        assert len(house.deliveries(state="dead")) == LETTERS

        house.clear_faults()
        letter = house.deliveries(state="dead")[0]
        walk.go(f"/deliveries/{letter.id}", "delivery")
        page.get_by_role("link", name="Rehearse").click()
        walk.reads("Nothing was sent, and no vendor was asked.")
        walk.shoot("rehearsal")
        walk.go(f"/deliveries/{letter.id}/event")
        text = page.locator("textarea").input_value()
        page.locator("textarea").fill(text.replace('"quantity": "1"', '"quantity": "one"'))
        walk.press("Show what it would change", why="a try")
        walk.reads("quantity")
        page.locator("textarea").fill(
            text.replace('"comment": "', '"comment": "Ring twice. ')
            if '"comment"' in text
            else text.replace('"order": {', '"order": {"comment": "Ring twice.",', 1)
        )
        walk.press("Show what it would change", why="the customer rang")
        walk.shoot("event")
        walk.press("Replay with this event", why="the customer rang")
        walk.reads("is replayed")
        wait_until(lambda: len(house.orders("orderdesk")) == 1, 30)

        walk.go(cause)
        walk.press("Replay all …", why="the folder is there now")
        walk.reads("counted:")
        walk.shoot("job-counted")
        walk.press(f"Replay {LETTERS - 1} deliveries")
        walk.reads(f"{LETTERS - 1} done, 0 failed, 0 left")
        walk.shoot("job")
        wait_until(lambda: len(house.orders("orderdesk")) == LETTERS, 60)
        walk.go("/jobs", "jobs")
        walk.go(f"/order?number={letter.order}&source={letter.source}", "order")
        page.fill("input[name=q]", letter.order)
        page.get_by_role("button", name="Find").click()
        walk.reads(f"Order {letter.order} of")

        walk.go("/providers/orderdesk", "provider")
        walk.press("Test now")
        walk.reads("It answers, and takes our credentials.")
        walk.press("Pause", why="to look")
        walk.reads("orderdesk is paused")
        walk.press("Resume", why="looked")
        walk.reads("orderdesk is open.")

        walk.go("/audit", "audit")
        for deed in ("take", "note", "replay", "pause", "resume"):
            assert page.get_by_role("cell", name=deed, exact=True).count(), deed
        for path, name in (("/deliveries", "deliveries"), ("/refusals", "refusals"), ("/providers", "providers"),
                           ("/settings", "settings"), ("/people", "people"), ("/search", "search")):  # fmt: skip
            walk.go(path, name)
        walk.press("Log out admin")
        walk.reads("Log in")
        walk.shoot("login")
        assert walk.complaints == []
        assert AXE.exists() or "CI" not in os.environ, "make browser installs axe-core"


def test_without_javascript_the_same_pages_are_read_and_pressed(tmp_path: Path) -> None:
    with House(tmp_path, "orderdesk") as house, served(house) as link, chromium() as browser:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(link)
        page.fill("input[name=password]", "a password that is long")
        page.fill("input[name=again]", "a password that is long")
        page.click("text=Begin")
        assert page.locator("h1").inner_text() == "How it stands"
        page.goto(f"{link.partition('/welcome/')[0]}/providers/orderdesk")
        page.fill("form[action$='/pause'] input[name=why]", "by keyboard")
        page.keyboard.press("Enter")
        page.get_by_text("orderdesk is paused").first.wait_for()
        assert house.rows()["orderdesk"].gate.state == "paused"


def test_a_store_that_is_away_is_said_and_the_page_comes_back_by_itself(tmp_path: Path) -> None:
    with House(tmp_path, "orderdesk", through=("store",)) as house, served(house) as link, chromium() as browser:
        walk = Walk.begin(browser, link)
        walk.reads("How it stands")
        house.lines["store"].refuse()
        walk.go("/")
        walk.reads("does not answer")
        walk.reads("asks again every five seconds")
        house.lines["store"].listen()
        walk.reads("How it stands")

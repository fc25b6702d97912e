"""A real browser on the served desk: Debian's Chromium, driven by Playwright, with what it complains of."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright

from tests.fakes.house import ROOT, House
from tests.fakes.ports import free_ports
from tests.fakes.waiting import wait_until
from worker.settings.author import author

CHROMIUM = shutil.which("chromium")
AXE = Path(os.environ.get("ORDERCAST_AXE", ROOT / ".venv/browser/node_modules/axe-core/axe.min.js"))
SHOTS = os.environ.get("ORDERCAST_SCREENSHOTS")
"""The folder that pictures of the pages go to, where they are wanted."""
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-gpu"]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
PASSWORD = "a password that is long"
_SLIVERS = "[...document.querySelectorAll('[type=checkbox]')].some((one) => one.offsetHeight && one.offsetWidth < 12)"
AUTHOR = re.escape(author("").who)
_ANYBODYS = """(pairs) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode())
    for (const [from, to] of pairs)
      texts.currentNode.data = texts.currentNode.data.replace(new RegExp(from, "g"), to);
}"""
"""For pictures: the folder and the host of whoever takes them are nobody's business."""


@contextmanager
def served(house: House) -> Iterator[str]:
    """The desk of a house, as ``ordercast web`` serves it. Gives the link for the first admin."""
    [port] = free_ports(1)
    log = house.directory / "web.log"
    environ = {**house.environ, "ORDERCAST_WEB_LISTEN": f"127.0.0.1:{port}"}
    with (
        log.open("wb") as out,
        subprocess.Popen([sys.executable, "-m", "worker.ops.web"], env=environ, stdout=out, stderr=out) as process,
    ):
        try:
            wait_until(lambda: "The desk is at" in log.read_text() and _answers(port), 30)
            [link] = re.findall(r"http://\S+/welcome/\S+", log.read_text())
            yield link
        finally:
            process.terminate()
            process.wait(20)


def _answers(port: int) -> bool:
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Walk:
    """Somebody at the desk. ``complaints`` are what the browser and axe found wrong, by page."""

    browser: Chromium
    url: str
    page: Page
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, browser: Chromium, link: str) -> Walk:
        """Whoever follows the link of the first start, and chooses a password."""
        page = browser.new_context(viewport=WIDE, color_scheme="light", reduced_motion="reduce").new_page()
        walk = cls(browser, link.partition("/welcome/")[0], page)
        page.on("console", lambda said: walk.complain(f"{said.type}: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: walk.complain(f"script: {error}"))
        page.goto(link)
        page.fill("input[name=password]", PASSWORD)
        page.fill("input[name=again]", PASSWORD)
        walk.shoot("welcome")
        page.click("text=Begin")
        return walk

    def complain(self, what: str) -> None:
        self.complaints.append(f"{self.page.url}: {what}")

    def go(self, path: str, shot: str = "") -> None:
        self.page.goto(f"{self.url}{path}")
        if shot:
            self.shoot(shot)

    def press(self, button: str, **fields: str) -> None:
        """Fill what is asked beside a button, then press it."""
        form = self.page.locator("form", has=self.page.get_by_role("button", name=button)).first
        for name, value in fields.items():
            form.locator(f"[name={name}]").fill(value)
        form.get_by_role("button", name=button).first.click()

    def press_if_there(self, button: str) -> None:
        """A job that counts quickly is to be confirmed at once, one that does not a moment later."""
        self.reads("counted:")
        self.page.get_by_role("button", name=button).first.click()

    def reads(self, text: str) -> None:
        """Wait until the page says so."""
        self.page.get_by_text(text).first.wait_for(timeout=20_000)

    def shoot(self, name: str) -> None:
        """A picture in light, dark and narrow, where they are wanted; and what axe says of the page, in both schemes."""
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            self._look(scheme)
            self._keep(f"{name}-{scheme}")
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(NARROW)
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0 and not self.page.locator("[data-activity]").count():
            self.complain(f"{wide} pixels wider than a phone")
        self._keep(f"{name}-360")
        self.page.set_viewport_size(WIDE)

    def _look(self, scheme: str) -> None:
        if self.page.evaluate(_SLIVERS):
            self.complain("a checkbox that nobody can see")
        if not AXE.exists():
            return
        # Evaluated past the page's policy, which lets no script in that is not its own.
        found = self.page.evaluate(f"{AXE.read_text()}; axe.run({{resultTypes: ['violations']}})")
        for one in found["violations"]:
            if one["impact"] in ("serious", "critical"):
                self.complain(f"axe, {scheme}: {one['id']} at {one['nodes'][0]['html'][:160]}")

    def _keep(self, name: str) -> None:
        if SHOTS:
            self.page.evaluate(_ANYBODYS, [[r"/\S*/pytest-of-\S+?\d/(?=\S)", "/srv/shop/"], [AUTHOR, "ops@worker-1"]])
            self.page.screenshot(path=f"{SHOTS}/{name}.jpg", type="jpeg", quality=55)

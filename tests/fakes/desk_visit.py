"""Somebody at a desk that is served by a process of its own, over HTTP: pages with a cookie, the API with a token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import requests

from worker.ops.web.identity import API
from worker.ops.web.routes import routes

PASSWORD = "a password that is long"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_PART = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")


class DeskVisit:
    """Whoever followed the link of the first start: the first admin."""

    def __init__(self, link: str) -> None:
        self.url = link.partition("/welcome/")[0]
        self.session = requests.Session()
        self.press(link.removeprefix(self.url), link.removeprefix(self.url), password=PASSWORD, again=PASSWORD)

    def close(self) -> None:
        self.session.close()

    def page(self, path: str) -> requests.Response:
        return self.session.get(f"{self.url}{path}", timeout=30)

    def press(self, page: str, path: str, **fields: str) -> requests.Response:
        """Send a form of a page."""
        [token, *_] = _TOKEN.findall(self.page(page).text)
        came = self.session.post(f"{self.url}{path}", data={"csrf_token": token, **fields}, timeout=30)
        assert came.status_code < 500, (path, came.status_code, came.text)
        return came

    def asked(self, path: str, token: str) -> requests.Response:
        """Of the API."""
        return requests.get(f"{self.url}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=30)


def filled_addresses(app: object, known: dict[str, list[str]]) -> Iterator[tuple[str, bool]]:
    """Every address that can be looked at, once with each of the ids that are ``known``; and whether it is the API's."""
    for method, address, _ in routes(app):  # type: ignore[arg-type]
        if method != "GET":
            continue
        parts = _PART.findall(address)
        for values in product(*(known[part] for part in parts)):
            path = address
            for value in values:
                path = _PART.sub(lambda _, value=value: value, path, count=1)
            yield path, path.startswith(API)

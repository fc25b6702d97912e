"""The web on a ledger for tests: people who are logged in, programs with tokens, forms as a browser sends them."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from schemas.config import Config
from schemas.principal import Face, Principal, Role
from tests.fakes.ledger import Ledger
from worker.ops.desk.access import Access
from worker.ops.desk.desk import Desk
from worker.ops.web.app import create_app
from worker.ops.web.identity import cookie_name
from worker.ops.web.wording import WebWording

PASSWORD = "a password that is long"
ROOT = Principal("root", Role.ADMIN, Face.CLI)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class _Compiled(BytecodeCache):
    """Templates are compiled once for all applications of a process."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


class Site:
    """The application, with one person and one token of each role, made when they are asked for."""

    def __init__(self, ledger: Ledger, **config: Any) -> None:
        self.ledger = ledger
        self.calls: list[str] = []
        self.config = Config(providers=ledger.configs, **config)
        self.desk = Desk(ledger.store, self.config, self.calls.extend, WebWording())
        self.app = create_app(self.desk, self.config)
        self.app.jinja_env.bytecode_cache = _COMPILED
        self.access: Access = self.app.extensions["ordercast"].access
        self._browsers: dict[Role, Browser] = {}
        self._tokens: dict[Role, str] = {}

    def stranger(self) -> Browser:
        return Browser(self.app.test_client())

    def browser(self, role: Role) -> Browser:
        """Somebody of this role who has a session, as if by a password: to hash one takes longer than most tests."""
        if role not in self._browsers:
            self.access.add_user(f"a-{role}", role, by=ROOT)
            browser = self.stranger()
            with self.app.app_context():
                browser.client.set_cookie(cookie_name(), self.access.users.begin_session(f"a-{role}"))
            self._browsers[role] = browser
        return self._browsers[role]

    def join(self, role: Role) -> None:
        """Have somebody of this role who has chosen a password."""
        self.access.join(self.access.add_user(f"a-{role}", role, by=ROOT), PASSWORD)

    def token(self, role: Role) -> str:
        if role not in self._tokens:
            self._tokens[role] = self.access.create_token(f"t-{role}", role, by=ROOT)
        return self._tokens[role]

    def ask(self, role: Role | None, method: str, path: str, **more: Any) -> TestResponse:
        """Of the API, with a token of this role."""
        headers = {"Authorization": f"Bearer {self.token(role)}"} if role else {}
        return self.app.test_client().open(path, method=method, headers=headers, **more)


class Browser:
    """Keeps cookies, and sends forms with the token of the page that they stand on."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def text(self, path: str) -> str:
        got = self.get(path)
        assert got.status_code == 200, (path, got.status_code, got.get_data(as_text=True)[-500:])
        return got.get_data(as_text=True)

    def post(self, path: str, page: str = "/search", **fields: Any) -> TestResponse:
        """Send the form of a page."""
        found = _TOKEN.search(self.get(page).get_data(as_text=True))
        token = {"csrf_token": found[1]} if found else {}
        return self.client.post(path, data={**token, **fields})

"""The identity provider of ``[web.oidc]``, asked over HTTP: its document, its keys, tokens, and claims of people.

Each answer is bounded in time and size; a redirect is not followed. Nothing of an answer is logged.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar
from urllib.parse import quote_plus, urlencode

import msgspec

from schemas.config import OidcConfig, ProviderConfig, Timeout
from schemas.config_fields import is_loopback, split_url
from schemas.outcome import Outcome, OutcomeKind, Reason
from worker.clock import Clock, uptime_s
from worker.errors import OrdercastError
from worker.providers.base import Job, Operation, Provider, Read, Reading, Reply, Request, nothing_to_send
from worker.providers.http import Driver
from worker.providers.memory import ProcessMemory

ANSWER = Timeout(connect_s=3, read_s=5, total_s=8)
AT_ONCE, PLACE_S = 4, 1.0
"""So many threads may wait for the identity provider; who finds no place within ``PLACE_S`` is told that it is away."""
KEPT_S, FAILED_S, KEYS_AGAIN_S = 3600.0, 5.0, 60.0
OK, REDIRECTS, REFUSALS = 200, range(300, 400), (400, 401, 403)


class IdentityAway(OrdercastError):
    """The identity provider does not answer, or not as it should."""

    reason = "identity_away"


class LoginNotTrusted(OrdercastError):
    """What the identity provider, or somebody in its name, has answered is not to be believed."""

    reason = "login_not_trusted"


class _Far(Provider):
    """A host of the identity provider's, as the driver speaks to it."""

    kind: ClassVar[str] = "oidc"
    offers: ClassVar[Mapping[Any, Any]] = {}

    def operation(self, job: Job) -> Operation:  # noqa: ARG002  it gets no orders
        return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED, "It takes no orders.")


class _Kept:
    """What was fetched, for an hour; a failure for some seconds, so that not everybody waits for it again."""

    def __init__(self, fetch: Callable[[], dict[str, Any]], clock: Clock) -> None:
        self.fetch, self.clock = fetch, clock
        self._lock = threading.Lock()
        self._value: dict[str, Any] | None = None
        self._fetched_s = self._failed_s = -KEPT_S
        self._failure = ""

    def get(self, at_most_s: float = KEPT_S) -> dict[str, Any]:
        """What is not older than ``at_most_s``. Raises ``IdentityAway``."""
        with _held(self._lock.acquire(timeout=ANSWER.total_s), self._lock.release):
            now_s = self.clock()
            if self._value is not None and now_s - self._fetched_s < at_most_s:
                return self._value
            if now_s - self._failed_s < FAILED_S:
                raise IdentityAway(self._failure)
            try:
                self._value = self.fetch()
            except IdentityAway as fault:
                self._failed_s, self._failure = self.clock(), str(fault)
                raise
            self._fetched_s = self.clock()
            return self._value


class IdentityProvider:
    """Asks for what a log-in needs. Safe for many threads. Every method raises ``IdentityAway``."""

    def __init__(self, oidc: OidcConfig, clock: Clock = uptime_s) -> None:
        self.oidc = oidc
        self.driver = Driver(clock=uptime_s, ca_file=oidc.ca_file)
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._hosts: dict[str, _Far] = {}
        self._document, self._keys = _Kept(self._fetch_document, clock), _Kept(self._fetch_keys, clock)

    def document(self) -> dict[str, Any]:
        """The discovery document (OpenID Connect Discovery 1.0), whose issuer is the configured one."""
        return self._document.get()

    def endpoint(self, name: str) -> str:
        """An address of the discovery document's: over TLS, but on this machine."""
        url = self.document().get(name)
        parts = split_url(url) if isinstance(url, str) else None
        if parts is None or not parts.hostname or parts.scheme not in ("https", "http"):
            raise IdentityAway(f"Its discovery document has no address as {name}.")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise IdentityAway(f"Its discovery document has {name} without TLS.")
        return str(url)

    def keys(self, *, again: bool = False) -> dict[str, Any]:
        """Its public keys (a JWK Set), ``again`` where one was missing; then once a minute at most."""
        return self._keys.get(KEYS_AGAIN_S if again else KEPT_S)

    def tokens(self, code: str, verifier: str, back: str) -> dict[str, Any]:
        """What it gives for a code. Raises ``LoginNotTrusted`` where it does not take the code."""
        secret = self.oidc.client_secret.reveal()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        methods = self.document().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" in methods:
            named = f"{quote_plus(self.oidc.client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(named.encode()).decode()}"
        else:
            form |= {"client_id": self.oidc.client_id, "client_secret": secret}
        reply = self._ask("POST", self.endpoint("token_endpoint"), headers, urlencode(form).encode())
        if reply.status in REFUSALS and _tree(reply).get("error") == "invalid_grant":
            raise LoginNotTrusted("It does not take the code: it was used already, or too old.")
        if reply.status in REFUSALS:
            raise IdentityAway(f"It refuses the desk ({reply.status}): see [web.oidc] client_id and client_secret.")
        return _answer(reply, "the token endpoint")

    def claims(self, access_token: str) -> dict[str, Any]:
        """What it says of a person beside the id token."""
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        return _answer(self._ask("GET", self.endpoint("userinfo_endpoint"), headers), "the userinfo endpoint")

    def _fetch_document(self) -> dict[str, Any]:
        place = f"{self.oidc.issuer.rstrip('/')}/.well-known/openid-configuration"
        found = _answer(self._ask("GET", place, {"Accept": "application/json"}), "the discovery document")
        if found.get("issuer") != self.oidc.issuer:
            raise IdentityAway("Its discovery document is of another issuer than [web.oidc] issuer, to the letter.")
        return found

    def _fetch_keys(self) -> dict[str, Any]:
        found = _answer(self._ask("GET", self.endpoint("jwks_uri"), {"Accept": "application/json"}), "its keys")
        if not isinstance(found.get("keys"), list):
            raise IdentityAway("Its keys are no JWK Set.")
        return found

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        parts = split_url(url)
        if parts is None:
            raise IdentityAway
        host = f"{parts.scheme}://{parts.netloc}"
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = Request(method, target, "oidc", headers, body)
        with _held(self._places.acquire(timeout=PLACE_S), self._places.release):
            read = self.driver.read(self._far(host), _reading(request))
        if isinstance(read, Outcome):
            raise IdentityAway(f"It does not answer. {read.message}")
        reply: Reply = read.tree
        return reply

    def _far(self, host: str) -> _Far:
        if host not in self._hosts:
            config = ProviderConfig(
                name=f"oidc {host}", kind="oidc", base_url=host, options=None, max_in_flight=AT_ONCE, timeout=ANSWER
            )
            self._hosts[host] = _Far(config, ProcessMemory())
        return self._hosts[host]


@contextmanager
def _held(is_ours: bool, release: Callable[[], None]) -> Any:
    if not is_ours:
        raise IdentityAway("It does not answer, and others wait for it already.")
    try:
        yield
    finally:
        release()


def _reading(request: Request) -> Reading:
    reply = yield request
    return Read(reply)


def _answer(reply: Reply, what: str) -> dict[str, Any]:
    if reply.status in REDIRECTS:
        raise IdentityAway(f"It answers {what} with a redirect ({reply.status}), which is not followed.")
    if reply.status != OK or reply.cut:
        raise IdentityAway(f"It answers {what} with status {reply.status}{', cut off' if reply.cut else ''}.")
    found = _tree(reply)
    if not found:
        raise IdentityAway(f"It answers {what} with something that is no JSON object.")
    return found


def _tree(reply: Reply) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}

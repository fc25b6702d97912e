"""The driver: runs an adapter's conversation over the network, and makes an outcome of whatever the network does.

requests' ``HTTPAdapter`` is used without its ``Session``: no cookies, no redirects, no proxies or netrc from the
environment, no hooks, and less than half the CPU of ``Session.send``. Nothing of a request or an answer is logged.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

import msgspec
from requests import PreparedRequest, RequestException
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_ import create_urllib3_context

from schemas.delivery import SentRequest
from schemas.order import Order
from schemas.outcome import Outcome, OutcomeKind
from worker.clock import Clock, uptime_s
from worker.providers.addresses import Resolve, Resolver, by_system
from worker.providers.base import (
    Conversation,
    Lookup,
    LookupResult,
    Provider,
    Read,
    Reading,
    Reply,
    Request,
    Settled,
    Undetermined,
)
from worker.providers.connections import THIS_CALL, Means, RawAnswer, Tally, open_pool
from worker.providers.content_coding import decode
from worker.providers.conversation import ConversationRun, Guard
from worker.providers.deadline import TimedCall, Watchdog
from worker.providers.scrub import scrub, without_fields
from worker.providers.sent import shown_request
from worker.providers.transport_errors import Garbled, Unanswered

_SET_BY_US = frozenset({"accept-encoding", "content-length", "host", "transfer-encoding", "user-agent"})


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a conversation. ``sent`` is its last mutating request, where one left and was not accepted."""

    outcome: Outcome
    took_ms: int
    sent: SentRequest | None = None


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What came of a look-up, how long it took and how many calls it made."""

    sighting: LookupResult
    took_ms: int
    calls: int


class Wire(HTTPAdapter):
    """The way to one provider: its host, its kept connections, what every request to it carries."""

    def __init__(self, provider: Provider, means: Means, tls: Callable[[], ssl.SSLContext], user_agent: str) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)
        config = provider.config
        url = urlsplit(config.base_url)
        self.cap_bytes = provider.reply_cap_bytes
        self.means = means
        self.account = config
        self.headers = {"User-Agent": user_agent, "Accept-Encoding": "identity"}
        self.prefix = url.path.rstrip("/"), url.path + (f"?{url.query}" if url.query else "")
        context = tls() if url.scheme == "https" else None
        self.pool = open_pool(
            config.base_url,
            connections=config.max_in_flight,
            means=means,
            tls=context,
            public_only=provider.public_only,
        )

    def exchange(self, request: Request, call: TimedCall) -> Reply:
        """The answer. Raises a ``Fault`` where none comes in time, or none that can be read."""
        began = self.means.clock()
        this = THIS_CALL.set(call)
        self.means.watchdog.watch(call)
        try:
            answer: Any = self.send(self._prepared(request), stream=True)
            return self._reply(answer, call, began)
        except (RequestException, HTTPError, OSError) as error:
            raise Unanswered(_sentence(call)) from error
        finally:
            self.means.watchdog.let_go(call)
            THIS_CALL.reset(this)

    def _prepared(self, request: Request) -> PreparedRequest:
        prepared = PreparedRequest()
        prepared.method = request.method
        prepared.url = self._target(request.path)
        headers = dict(self.headers)
        headers.update((name, value) for name, value in request.headers.items() if name.lower() not in _SET_BY_US)
        if request.body or request.method not in ("GET", "HEAD", "DELETE"):
            headers["Content-Length"] = str(len(request.body))
        prepared.headers = headers  # type: ignore[assignment]  # urllib3 takes any mapping, and a dict is the cheapest
        prepared.body = request.body or None
        return prepared

    def _target(self, path: str) -> str:
        stem, whole = self.prefix
        target = stem + path if path else whole
        return target if target.startswith("/") else f"/{target}"

    def _reply(self, answer: RawAnswer, call: TimedCall, began: float) -> Reply:
        status, headers = answer.head.status, answer.head.fields
        try:
            if status < 200:  # noqa: PLR2004  101: the other side now speaks something else
                raise Garbled(f"The answer is not final ({status}).")
            sent, complete = answer.read(self.cap_bytes)
            body, whole = decode(headers.get("content-encoding", ""), sent, self.cap_bytes)
            # A shut socket looks like the end of a body that is as long as its connection.
            cut = call.overdue or not (complete and whole)
            took_ms = round((self.means.clock() - began) * 1000)
            return Reply(status=status, headers=headers, body=body, took_ms=took_ms, cut=cut)
        finally:
            answer.let_go()

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> Any:
        return self.pool

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """Nothing to set: the pool's own TLS context verifies. requests would read the bundle for each connection."""

    def request_url(self, request: PreparedRequest, *_: Any, **__: Any) -> str:
        return str(request.url)

    def build_response(self, req: PreparedRequest, resp: Any) -> Any:  # noqa: ARG002  requests' signature
        """The answer as the pool gives it: nobody asks it for JSON, cookies or a history."""
        return resp

    def close(self) -> None:
        self.pool.close()
        super().close()


class Driver:
    """Runs conversations over HTTP: one per process, for all its providers and threads.

    ``resolve`` finds a host's addresses, ``ca_file`` is a bundle to trust instead of certifi's, ``watchdog`` ends calls
    whose time is up.
    """

    def __init__(
        self,
        *,
        clock: Clock = uptime_s,
        user_agent: str | None = None,
        resolve: Resolve = by_system,
        ca_file: str | None = None,
        watchdog: Watchdog | None = None,
    ) -> None:
        self.connections = Tally()
        self._clock = clock
        self._user_agent = user_agent or f"Ordercast/{_version()}"
        self._ca_file = ca_file
        self._means = Means(clock, Resolver(resolve), watchdog or Watchdog(clock), self.connections)
        self._wires: dict[str, Wire] = {}
        self._opening = threading.Lock()

    def converse(
        self, provider: Provider, conversation: Conversation, guard: Guard | None = None, *, order: Order | None = None
    ) -> Ran:
        """What came of an operation. ``order`` names the customer to scrub from message and excerpt.

        Raises ``LeaseLost`` where ``guard`` says that the lease is too short and nothing mutating had been sent.
        """
        began = self._clock()
        run = self._begin(provider, guard)
        result = run.result_of(conversation)
        if not isinstance(result, Outcome):
            raise TypeError("a search was given to converse")
        took_ms = round((self._clock() - began) * 1000)
        return Ran(_kept(result, run, provider, order), took_ms, _kept_request(result, run, provider))

    def search(
        self, provider: Provider, search: Lookup, guard: Guard | None = None, *, order: Order | None = None
    ) -> LookedUp:
        """What came of a look-up: what was seen, or why we do not know. Raises as ``converse`` does."""
        began = self._clock()
        run = self._begin(provider, guard)
        result = run.result_of(search)
        if isinstance(result, Read):
            raise TypeError("a question was given to search")
        return LookedUp(_kept_result(result, run, provider, order), round((self._clock() - began) * 1000), run.calls)

    def read(self, provider: Provider, reading: Reading) -> Read | Outcome:
        """The answer to a question of people, or why there is none. Its tree is as the vendor gave it, unmasked."""
        run = self._begin(provider, None)
        result = run.result_of(reading)
        if not isinstance(result, Read | Outcome):
            raise TypeError(f"{type(result).__name__} is no answer to a question")
        return _kept(result, run, provider, None) if isinstance(result, Outcome) else result

    def close(self) -> None:
        """Closes every kept connection. The driver can be used again."""
        with self._opening:
            for wire in self._wires.values():
                wire.close()
            self._wires.clear()

    def _begin(self, provider: Provider, guard: Guard | None) -> ConversationRun:
        wire = self._wire(provider)
        timeout = provider.config.timeout
        return ConversationRun(provider, guard, lambda: TimedCall.begin(self._clock, timeout), wire.exchange)

    def _wire(self, provider: Provider) -> Wire:
        config = provider.config
        wire = self._wires.get(config.name)
        if wire is not None and wire.account is config:
            return wire
        with self._opening:
            wire = self._wires.get(config.name)
            if wire is None or wire.account is not config:
                wire = self._wires[config.name] = Wire(provider, self._means, lambda: self._tls, self._user_agent)
            return wire

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = create_urllib3_context()
        context.load_verify_locations(self._ca_file or DEFAULT_CA_BUNDLE_PATH)
        return context


def _kept(outcome: Outcome, run: ConversationRun, provider: Provider, order: Order | None) -> Outcome:
    secrets = (*provider.secrets, *run.credentials)
    # No excerpt is kept of what was accepted, so none is scrubbed.
    plain = "" if outcome.kind is OutcomeKind.ACCEPTED else without_fields(outcome.excerpt, provider.secret_fields)
    excerpt = scrub(plain, secrets, order)
    return msgspec.structs.replace(
        outcome,
        message=scrub(outcome.message, secrets, order),
        excerpt=excerpt,
        calls=run.calls,
        may_have_been_done=run.may_have_been_done,
    )


def _kept_request(outcome: Outcome, run: ConversationRun, provider: Provider) -> SentRequest | None:
    """Of what was accepted nothing is kept: it is what the event says."""
    if run.sent is None or outcome.kind is OutcomeKind.ACCEPTED:
        return None
    return shown_request(run.sent, (*provider.secrets, *run.credentials))


def _kept_result(result: LookupResult, run: ConversationRun, provider: Provider, order: Order | None) -> LookupResult:
    if isinstance(result, Outcome):
        return _kept(result, run, provider, order)
    if isinstance(result, Settled | Undetermined):
        return replace(result, message=scrub(result.message, (*provider.secrets, *run.credentials), order))
    return result


def _sentence(call: TimedCall) -> str:
    if call.overdue:
        return f"No answer within {call.timeout.total_s:g} s."
    return "The connection ended, or was silent for too long, before an answer came."


def _version() -> str:
    try:
        return version("ordercast")
    except PackageNotFoundError:
        return "0"

"""The calls of OpenBizBox's API: each request, the token that it needs, and what its answer comes to.

Sources: README (token), pages "Order", "Filters" and "Model mapping" of goldenplanetdk/api-example (2020-02-20 and
later). An ``errors`` key in a 2xx is a failure (goldenplanetdk/gpp-app-installer, ``StoreApi.php``); a 400 is a refusal
whose body is a JSON string, or empty (page "Capturing an order"). No page says what a taken ``id`` is answered, nor
which success a create or an update has: any 2xx is taken, and a create must name the order. Nor does one say what a 404
of the shop looks like: all that it is seen to answer is JSON, and what stands before it answers with pages of HTML.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from hashlib import sha256
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from schemas.config import ProviderConfig
from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.openbizbox import HeldOrder, OpenBizBoxOptions, read_amount, read_id, read_json, read_order
from schemas.shortened import shortened
from worker.providers.answers import judge_status
from worker.providers.base import Memory, Reply, Request

UNAUTHORIZED = 401
TOKEN_MARGIN_S = 60.0  # a token must outlast the conversation that it was recalled for
PAGE_ORDERS = 100
TOKEN, MAPPING = "token", "products/mapping"
TEXT_CHARS = 300  # of what a refusal says

Shape = TypeVar("Shape")
Answered = tuple[Request, Reply]
Heard = Generator[Request, Reply, Answered | Outcome]

encode = msgspec.json.Encoder(decimal_format="number").encode
"""A body as JSON. Numbers keep their decimals, keys their order: the vendor counts positions."""


class Calls:
    """One account's calls. Each returns its request and the answer as it came, or the outcome where no token is had;
    those that name what they read have judged the answer."""

    def __init__(self, config: ProviderConfig, memory: Memory) -> None:
        self._options: OpenBizBoxOptions = config.options
        self._memory = memory
        self.token_slot = f"{config.name}:token:{_account(config, self._options)}"

    def create_order(self, body: dict[str, Any]) -> Heard:
        return self._call("POST", "/api/v2/orders.json", "orders/create", body, mutating=True)

    def update_order(self, order_id: str, body: dict[str, Any]) -> Heard:
        return self._call("PUT", f"/api/v2/orders/{order_id}.json", "orders/update", body, mutating=True)

    def write_comment(self, order_id: str, comment: str, *, mutating: bool) -> Heard:
        """Nothing of the order but its comment. ``mutating`` is False for what may be sent again at any time and leaves
        no doubt about the act that it tells of."""
        body = {"comment": comment}
        return self._call("PUT", f"/api/v2/orders/{order_id}.json", "orders/comment", body, mutating=mutating)

    def refund(self, order_id: str, body: dict[str, Any] | None) -> Heard:
        """Without a body it is all of the order, which is cancelled by it, and the goods are restocked."""
        return self._call("POST", f"/api/v2/orders/{order_id}/refunds.json", "orders/refund", body, mutating=True)

    def invoice(self, order_id: str, body: dict[str, Any]) -> Heard:
        return self._call("POST", f"/api/v2/orders/{order_id}/invoice.json", "orders/invoice", body, mutating=True)

    def get_order(self, order_id: str) -> Generator[Request, Reply, HeldOrder | Outcome]:
        """The order as the shop holds it; 404 is ``rejected`` (``unknown_order``)."""
        return read(self.read_order(order_id), read_order)

    def get_running(self, order_id: str) -> Generator[Request, Reply, HeldOrder | Outcome]:
        """The same with the running totals of its money, which the newer version alone shows."""
        return read(self._call("GET", f"/api/v3/orders/{order_id}.json", "orders/read"), read_order)

    def read_order(self, order_id: str) -> Heard:
        return self._call("GET", f"/api/v2/orders/{order_id}.json", "orders/read")

    def first_order(self) -> Heard:
        return self._call("GET", "/api/v2/orders.json?limit=1", "orders/list")

    def search(self, fiql: str, page: int) -> Generator[Request, Reply, dict[str, Any] | Outcome]:
        """One page of the orders that fit, of all where ``fiql`` is empty. The newer version alone has filters.

        A page is ``{total, page, limit, pages, _embedded: {resources: []}}`` (page "Coupons").
        """
        query = urlencode({**({"filter": fiql} if fiql else {}), "page": page, "limit": PAGE_ORDERS})
        heard = self._call("GET", f"/api/v3/orders.json?{query}", "orders/search")
        return read(heard, lambda tree: tree if _is_page(tree, page) else None)

    def map_models(self, models: list[str]) -> Heard:
        """The shop's articles for these models; a question, though it is a POST."""
        return self._call("POST", "/api/v3/products/mapping.json", MAPPING, {"models": models})

    def _call(
        self, method: str, path: str, step: str, body: dict[str, Any] | None = None, *, mutating: bool = False
    ) -> Heard:
        """A token that the shop no longer takes is renewed once; a second 401 is about our credentials."""
        token = self._memory.recall(self.token_slot) or (yield from self._new_token())
        if isinstance(token, Outcome):
            return token
        request = _request(method, path, step, body, token, mutating=mutating)
        reply = yield request
        if reply.status != UNAUTHORIZED:
            return request, reply
        renewed = yield from self._renewed(token)
        if isinstance(renewed, Outcome):
            return renewed
        request = _request(method, path, step, body, renewed, mutating=mutating)
        reply = yield request
        if reply.status == UNAUTHORIZED:
            self._memory.forget(self.token_slot)
        return request, reply

    def _renewed(self, stale: str) -> Generator[Request, Reply, str | Outcome]:
        """Another conversation, or another process, may have renewed the token meanwhile: then its token is taken."""
        if self._memory.recall(self.token_slot) == stale:
            self._memory.forget(self.token_slot)
        token = self._memory.recall(self.token_slot)
        return token if token is not None else (yield from self._new_token())

    def _new_token(self) -> Generator[Request, Reply, str | Outcome]:
        credentials = {
            "client_id": self._options.client_id,
            "client_secret": self._options.client_secret.reveal(),
            "grant_type": "client_credentials",
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        request = Request("POST", "/oauth/v2/token", TOKEN, headers, urlencode(credentials).encode())
        reply = yield request
        return self._kept(request, reply)

    def _kept(self, request: Request, reply: Reply) -> str | Outcome:
        if reply.status in {400, UNAUTHORIZED, 403}:
            message = f"OpenBizBox gives no token (HTTP {reply.status}): compare client_id and client_secret."
            return outcome_of(reply, OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS, message)
        failed = judge_status(reply, mutating=False) or judge(request, reply)
        tree = read_tree(reply)
        token = tree.get("access_token") if isinstance(tree, dict) else None
        if failed is not None or not isinstance(token, str) or not token.isascii() or not token.isprintable():
            return failed or unreadable(request, reply)
        lasts_s = float(read_amount(tree.get("expires_in")) or 0)
        ttl_s = lasts_s - min(TOKEN_MARGIN_S, lasts_s / 10)
        if ttl_s > 0:
            self._memory.keep(self.token_slot, token, ttl_s)
        return token


def read(heard: Heard, shape: Callable[[Any], Shape | None]) -> Generator[Request, Reply, Shape | Outcome]:
    """What an answer that is a success shows; ``unreadable`` where ``shape`` makes ``None`` of its JSON."""
    answered = yield from heard
    if isinstance(answered, Outcome):
        return answered
    failed = judge(*answered)
    if failed is not None:
        return failed
    shown = shape(read_tree(answered[1]))
    return unreadable(*answered) if shown is None else shown


def any_tree(tree: Any) -> Any:
    """The shape of an answer that is an object or a list, whatever is in it."""
    return tree if isinstance(tree, list | dict) else None


def failure(heard: Heard) -> Generator[Request, Reply, Outcome | None]:
    """Why a call came to no success, the token that it needs included; ``None`` where it is one."""
    answered = yield from heard
    return answered if isinstance(answered, Outcome) else judge(*answered)


def judge(request: Request, reply: Reply) -> Outcome | None:
    """Why this answer is no success, or ``None`` where it is one."""
    if _is_success(reply):
        errors = _errors(reply)
        return None if errors is None else refused(request, reply, _as_text(errors))
    by_status = judge_status(reply, mutating=request.mutating)
    if by_status is not None:
        return by_status
    if reply.status == HTTPStatus.NOT_FOUND and request.path.startswith("/api/v2/orders/"):
        return _no_order(request, reply)
    return refused(request, reply, _body_text(reply))


def refused(request: Request, reply: Reply, text: str) -> Outcome:
    because = f": {text}" if text else ", without a word why"
    message = f"OpenBizBox refused {request.step} (HTTP {reply.status}){because}."
    return outcome_of(reply, OutcomeKind.REJECTED, Reason.REJECTED, message)


def unreadable(request: Request, reply: Reply) -> Outcome:
    message = f"OpenBizBox's answer to {request.step} is not what it documents."
    return outcome_of(reply, OutcomeKind.UNREADABLE, Reason.UNREADABLE, message)


def unnamed(request: Request, reply: Reply) -> Outcome:
    """A success of a create that names no order: it may have been done."""
    message = f"OpenBizBox answered {request.step} with success and no order id: the order is looked for."
    return outcome_of(reply, OutcomeKind.UNKNOWN, Reason.UNREADABLE, message)


def outcome_of(reply: Reply, kind: OutcomeKind, reason: Reason, message: str) -> Outcome:
    return Outcome(kind=kind, reason=reason, message=message, http_status=reply.status, excerpt=reply.excerpt)


def created_id(reply: Reply) -> str | None:
    """The id that a create's answer names: in its body, else at the end of its ``Location``."""
    tree = read_tree(reply)
    named = read_id(tree.get("id")) if isinstance(tree, dict) else None
    last = reply.headers.get("location", "").partition("?")[0].rstrip("/").rpartition("/")[2]
    return named or read_id(last.removesuffix(".json"))


def held_order(reply: Reply) -> HeldOrder | None:
    """The order that an answer shows, ``None`` where it shows none."""
    return read_order(read_tree(reply))


def read_tree(reply: Reply) -> Any:
    """The JSON of an answer that is whole, else ``None``."""
    if reply.cut:
        return None
    try:
        return read_json(reply.body)
    except ValueError:
        return None


def _is_page(tree: object, page: int) -> bool:
    """Whether this is the page that was asked for."""
    if not isinstance(tree, dict) or not isinstance(tree.get("pages"), int) or tree.get("page") != page:
        return False
    embedded = tree.get("_embedded")
    return isinstance(embedded, dict) and isinstance(embedded.get("resources"), list)


def _account(config: ProviderConfig, options: OpenBizBoxOptions) -> str:
    """A short name for address and credentials: a token outlives a change of them in the memory that all share."""
    named = f"{config.base_url}\0{options.client_id}\0{options.client_secret.reveal()}"
    return sha256(named.encode()).hexdigest()[:16]


def _request(method: str, path: str, step: str, body: dict[str, Any] | None, token: str, *, mutating: bool) -> Request:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    if body is None:
        # The proxy in front of the shop refuses a POST that does not say that it is empty (commit b3de9e3).
        empty = {"Content-Length": "0"} if method == "POST" else {}
        return Request(method, path, step, headers | empty, mutating=mutating)
    headers["Content-Type"] = "application/json; charset=utf-8"
    return Request(method, path, step, headers, encode(body), mutating)


def _no_order(request: Request, reply: Reply) -> Outcome:
    """A 404 for one order: the shop's own word, or of something in front of it, which knows nothing of orders."""
    if not _is_the_shops(reply):
        kind = OutcomeKind.UNKNOWN if request.mutating else OutcomeKind.UNREADABLE
        message = f"{request.step} got a 404 that is not OpenBizBox's own: see that base_url leads to the shop."
        return outcome_of(reply, kind, Reason.UNREADABLE, message)
    order_id = request.path.removeprefix("/api/v2/orders/").split("/")[0].removesuffix(".json")
    message = (
        f"OpenBizBox has no order {order_id} (HTTP 404 at {request.step}): discard this, or say that it is not "
        "there (ordercast link, --none) and replay the order's last snapshot to have it made anew."
    )
    return outcome_of(reply, OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER, message)


def _is_the_shops(reply: Reply) -> bool:
    """Whether an error is JSON; one with nothing in it, as its refusals can be, goes by the type that it names."""
    if not reply.body.strip():
        return "json" in reply.headers.get("content-type", "").casefold()
    return read_tree(reply) is not None


def _is_success(reply: Reply) -> bool:
    return HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES


def _errors(reply: Reply) -> Any:
    tree = read_tree(reply)
    return tree.get("errors") if isinstance(tree, dict) else None


def _body_text(reply: Reply) -> str:
    """What a refusal says: a bare string, an object with one of the usual keys, or whatever JSON it is."""
    tree = read_tree(reply)
    if isinstance(tree, dict):
        said = (tree.get(name) for name in ("errors", "error_description", "error", "message"))
        tree = next((part for part in said if part), tree)
    return _as_text(tree)


def _as_text(tree: Any) -> str:
    text = tree if isinstance(tree, str) else json.dumps(tree, default=str, ensure_ascii=False) if tree else ""
    return shortened(" ".join(text.split()).rstrip("."), TEXT_CHARS)

"""The calls to Shop-Script as requests, and what an answer of it means, in JSON or XML.

Of the three equal spellings of an address this is ``/api.php/shop.order.save``. Errors are told by their code, never by
their text: texts come in the language of the token's user.
Source: waAPIController, waAPIException and waAPIDecoratorXML of webasyst-framework 3.8.4, run on loopback (2026-11): a
form is the only body it reads; the token comes from the form or the query first, then from the header.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import msgspec

from schemas.outcome import Outcome, OutcomeKind, Reason
from schemas.providers.shopscript import ShopScriptOptions
from worker.providers import phpform
from worker.providers.answers import judge_status, read_as
from worker.providers.base import Reply, Request

ACCOUNT_CODES = frozenset({"token_required", "invalid_token", "access_denied", "payment_required", "disabled"})
OK, BAD_REQUEST, PAYMENT_REQUIRED, NOT_FOUND, TOO_MANY, SERVER_ERROR = 200, 400, 402, 404, 429, 500
DEEPEST = 32
_XML_BREAKS = (
    'Its XML breaks at any parameter whose name is no element\'s, with a blank in it say: set format = "json".'
)
SHOWN_CHARS = 300

Tree = dict[str, Any]
_Shape = TypeVar("_Shape")


@dataclass(frozen=True, slots=True)
class Calls:
    """The requests to one account's shop, each with its token."""

    options: ShopScriptOptions

    def save_order(self, form: dict[str, Any]) -> Request:
        return self._post("shop.order.save", form)

    def take_action(self, order_id: int, action: str, more: Mapping[str, str | None]) -> Request:
        """One action of the shop's workflow; ``more`` are the fields that the action itself reads."""
        return self._post("shop.order.action", {"id": order_id, "action": action, **more})

    def search_orders(self, param: str, value: str) -> Request:
        """Orders whose parameter of this name is ``value``. The vendor gives 100 at most."""
        return self.list_orders({"hash": f"search/params.{param}={value}"})

    def list_orders(self, asked: Mapping[str, str]) -> Request:
        return self._get("shop.order.search", asked)

    def get_order(self, order_id: str) -> Request:
        return self._get("shop.order.getInfo", {"id": order_id})

    def get_rights(self) -> Request:
        """What the token's user may do in the shop."""
        return self._get("shop.rights", {})

    def get_actions(self, order_id: str) -> Request:
        """What the order's state and the rights of the token's user allow."""
        return self._get("shop.order.actions", {"id": order_id})

    def signed(self, form: dict[str, Any]) -> dict[str, Any]:
        """With the token where it belongs in the form. A call that only reads is a GET: there it is in the query."""
        if self.options.token_in != "form":  # noqa: S105  a place, no token
            return form
        return {"access_token": self.options.access_token.reveal(), **form}

    def _post(self, method: str, form: dict[str, Any]) -> Request:
        return Request(
            method="POST",
            path=self._path(method, {}),
            step=method,
            headers={**self._headers(), "Content-Type": phpform.CONTENT_TYPE},
            body=phpform.encode(self.signed(form)),
            mutating=True,
        )

    def _get(self, method: str, asked: Mapping[str, str]) -> Request:
        path = self._path(method, self.signed(dict(asked)))
        return Request(method="GET", path=path, step=method, headers=self._headers())

    def _path(self, method: str, asked: dict[str, Any]) -> str:
        query = urlencode({**asked, "format": "xml"} if self.options.format == "xml" else asked)
        return f"/api.php/{method}?{query}" if query else f"/api.php/{method}"

    def _headers(self) -> dict[str, str]:
        if self.options.token_in != "header":  # noqa: S105  a place, no token
            return {}
        return {"Authorization": f"Bearer {self.options.access_token.reveal()}"}


def judge(reply: Reply, *, mutating: bool) -> Tree | Outcome:
    """The decoded answer where the shop did what it was asked, else what came of it. Never raises.

    A ``status`` of ``fail`` and an ``error`` are failures on every HTTP status, 200 among them.
    """
    tree = judge_any(reply, mutating=mutating)
    return unreadable(reply, mutating=mutating) if isinstance(tree, list) else tree


def judge_any(reply: Reply, *, mutating: bool) -> Tree | list[Any] | Outcome:
    """As ``judge``, for an answer that may be a list."""
    tree = _decoded(reply)
    outcome = _judged(reply, tree if isinstance(tree, dict) else None, mutating=mutating)
    if outcome is None and tree is not None:
        return tree
    return _noted(outcome or unreadable(reply, mutating=mutating), reply)


def read_shape(shape: Callable[[Any], _Shape], reply: Reply, *, mutating: bool = False) -> _Shape | Outcome:
    """The answer in the shop's own shape, or what came of it. ``shape`` raises ``msgspec.ValidationError``."""
    return read_as(shape, judge(reply, mutating=mutating), lambda: unreadable(reply, mutating=mutating))


def judge_save(reply: Reply) -> Outcome | None:
    """What went wrong with a save, or None where the shop says ok."""
    answer = judge(reply, mutating=True)
    if isinstance(answer, Outcome):
        return answer
    return None if answer.get("status") == "ok" else unreadable(reply, mutating=True)


def is_not_there(reply: Reply) -> bool:
    """Whether the shop says that there is no such order, or, after an action, that its state offers none such."""
    return reply.status == NOT_FOUND and _code(_decoded(reply)) == "invalid_param"


def says_nothing(reply: Reply) -> bool:
    """Whether an action's answer is ``null``: that of ``restore`` is, and so is one of an action that failed."""
    body = reply.body.strip()
    is_empty_xml = body.startswith(b"<") and _decoded(reply) == {}
    return reply.status == OK and not reply.cut and (body == b"null" or is_empty_xml)


def is_server_error(reply: Reply) -> bool:
    """Whether a save ended in the 500 that also stands for an unknown order or another customer's."""
    return reply.status == SERVER_ERROR and _code(_decoded(reply)) == "server_error"


def unreadable(reply: Reply, *, mutating: bool) -> Outcome:
    message = f"Shop-Script answered HTTP {reply.status} with a body that cannot be read."
    outcome = Outcome(
        kind=OutcomeKind.UNREADABLE, reason=Reason.UNREADABLE, message=message, may_have_been_done=mutating
    )
    return _noted(outcome, reply)


def _noted(outcome: Outcome, reply: Reply) -> Outcome:
    return msgspec.structs.replace(outcome, http_status=reply.status, excerpt=outcome.excerpt or reply.excerpt)


def _judged(reply: Reply, tree: Tree | None, *, mutating: bool) -> Outcome | None:
    code = _code(tree)
    if reply.status < SERVER_ERROR and reply.status != TOO_MANY and tree is not None:
        if code in ACCOUNT_CODES or reply.status == PAYMENT_REQUIRED:
            return _account_refused(code or "payment_required")
        if reply.status < BAD_REQUEST and (code is not None or tree.get("status") == "fail"):
            return _rejected(f"Shop-Script refused the call: {code or _shown(tree.get('errors')).rstrip('.')}.")
    judged = judge_status(reply, mutating=mutating)
    if judged is not None and code == "server_error" and reply.body.startswith(b"<"):
        return msgspec.structs.replace(judged, message=f"{judged.message} {_XML_BREAKS}")
    if judged is None and reply.status >= BAD_REQUEST:
        if reply.status == PAYMENT_REQUIRED:
            return _account_refused("payment_required")
        means = code or "nothing it documents: check base_url"
        return _rejected(f"Shop-Script answered HTTP {reply.status} and {means}.")
    return judged


def _account_refused(code: str) -> Outcome:
    message = f"Shop-Script lets this account do nothing ({code}): check the token, its scope and the shop's licence."
    return Outcome(kind=OutcomeKind.UNAUTHORIZED, reason=Reason.CREDENTIALS, message=message)


def _rejected(message: str) -> Outcome:
    return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, message=message)


def _code(tree: object) -> str | None:
    error = tree.get("error") if isinstance(tree, dict) else None
    return error if isinstance(error, str) and error else None


def _shown(errors: object) -> str:
    """The texts in the errors of a failed save: a list, one text, or maps by field within maps, with the field."""
    if isinstance(errors, dict):
        return "; ".join(_named(str(name), inner) for name, inner in errors.items() if inner)[:SHOWN_CHARS]
    if isinstance(errors, list):
        return "; ".join(filter(None, map(_shown, errors)))[:SHOWN_CHARS]
    return " ".join(str(errors or "").split())[:SHOWN_CHARS]


def _named(name: str, errors: object) -> str:
    """A field's error behind its name, dotted: ``customer.firstname: …``."""
    return f"{name}.{_shown(errors)}" if isinstance(errors, dict) else f"{name}: {_shown(errors)}"


def _decoded(reply: Reply) -> Tree | list[Any] | None:
    if reply.cut:
        return None
    body = reply.body.strip()
    try:
        tree = _from_xml(body) if body.startswith(b"<") else json.loads(body)
    except (ValueError, RecursionError, ET.ParseError):
        return None
    return tree if isinstance(tree, dict | list) else None


def _from_xml(body: bytes) -> Any:
    """The elements as maps and lists; repeated ones are a list, an empty one is None, an empty answer no element.

    The shop's writer makes ``0`` an empty element too, and an empty list vanishes. Raises ``ValueError`` for a document
    type: that is where entities are declared, and the shop's writer never makes one.
    """
    text = body.decode("utf-8")
    if "<!DOCTYPE" in text.upper():
        raise ValueError("a document type")
    return _branch(ET.fromstring(text), 0) or {}  # noqa: S314  no document type, so no entity to expand


def _branch(element: ET.Element, depth: int) -> Any:
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    if not len(element):
        return element.text if (element.text or "").strip() else None
    branch: Tree = {}
    for child in element:
        leaf = _branch(child, depth + 1)
        if child.tag in branch:
            seen = branch[child.tag]
            branch[child.tag] = [*seen, leaf] if isinstance(seen, list) else [seen, leaf]
        else:
            branch[child.tag] = leaf
    return branch

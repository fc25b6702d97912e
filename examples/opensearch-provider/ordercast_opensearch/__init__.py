"""OpenSearch: each order is one document, written whole under its key.

Sources: OpenSearch documentation 3.1, "Index Document API" and "Delete Document API". Writing a document again is
harmless, and with ``version_type=external_gte`` a write that comes late cannot take a newer one's place.

Absent here: cancellations, refunds, invoices and notes. A document is a copy of the order, and a copy of what they
change comes with the producer's next snapshot.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote

from ordercast_opensearch.options import OpenSearchOptions, OpenSearchOptionsSchema
from schemas.delivery import Link
from schemas.event import EventType, event_document
from schemas.outcome import Outcome, OutcomeKind, Reason
from worker.providers.answers import judge_status
from worker.providers.base import (
    Conversation,
    Job,
    Offer,
    Operation,
    Provider,
    Question,
    Read,
    Reading,
    Reply,
    Request,
    nothing_to_send,
)

COPIES_ONLY = "The index holds a copy of each order: what this event changes comes with the next snapshot."
SAVE, DELETE = "_doc/put", "_doc/delete"


class OpenSearch(Provider):
    """One index of one cluster."""

    kind: ClassVar[str] = "opensearch"
    options_schema: ClassVar[type[OpenSearchOptionsSchema]] = OpenSearchOptionsSchema
    offers: ClassVar[Mapping[EventType, Offer]] = {
        EventType.CREATED: Offer(calls=(SAVE,)),
        EventType.UPDATED: Offer(calls=(SAVE,)),
        EventType.CANCELLED: Offer(because=COPIES_ONLY),
        EventType.DELETED: Offer(calls=(DELETE,)),
        EventType.INVOICED: Offer(because=COPIES_ONLY),
        EventType.REFUNDED: Offer(because=COPIES_ONLY),
        EventType.NOTED: Offer(because=COPIES_ONLY),
    }

    def operation(self, job: Job) -> Operation:
        """A write or a removal of the order's document; both may be sent again."""
        if job.event.is_snapshot:
            return Operation(SAVE, lambda: self._save(job), on_unknown="resend")
        if job.event.type is EventType.DELETED:
            return Operation(DELETE, lambda: self._delete(job), on_unknown="resend")
        return nothing_to_send(OutcomeKind.UNSUPPORTED, Reason.UNSUPPORTED, COPIES_ONLY)

    def test(self) -> Conversation:
        """The index's settings: proves address, credentials and the index."""
        request, reply = yield from self._ask(f"/{self._options.index}/_settings", "_settings")
        if reply.status == HTTPStatus.NOT_FOUND:
            message = f"The cluster has no index {self._options.index!r}: create it, or correct the provider's index."
            return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.REJECTED, message=message)
        return _failure(reply, mutating=request.mutating) or Outcome(
            kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message="OpenSearch answers, and the index is there."
        )

    @property
    def questions(self) -> Mapping[str, Question]:
        return {
            "order": Question(lambda key, _filters, _more: self._read(key), "The document of one order, by its key.")
        }

    @property
    def _options(self) -> OpenSearchOptions:
        options: OpenSearchOptions = self.config.options
        return options

    def _save(self, job: Job) -> Conversation:
        order = event_document(job.event)["data"]["order"]
        version = "" if job.event.revision is None else f"?version={job.event.revision}&version_type=external_gte"
        path = self._document(job.key) + version
        headers = {**self._headers(), "Content-Type": "application/json"}
        reply = yield Request("PUT", path, SAVE, headers, json.dumps(order).encode(), mutating=True)
        if reply.status == HTTPStatus.CONFLICT:
            message = "A newer revision of the order is there already."
            return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=message, http_status=reply.status)
        return _failure(reply, mutating=True) or _done(reply, Link(order_id=job.key))

    def _delete(self, job: Job) -> Conversation:
        reply = yield Request("DELETE", self._document(job.key), DELETE, self._headers(), mutating=True)
        if reply.status == HTTPStatus.NOT_FOUND and _tree(reply).get("result") == "not_found":
            message = "The order's document was not there (any more)."
            return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.EXISTS, message=message, http_status=reply.status)
        return _failure(reply, mutating=True) or _done(reply, None)

    def _read(self, key: str) -> Reading:
        _, reply = yield from self._ask(self._document(key), "_doc/get")
        if reply.status == HTTPStatus.NOT_FOUND:
            message = f"The index has no document {key}."
            return Outcome(kind=OutcomeKind.REJECTED, reason=Reason.UNKNOWN_ORDER, message=message)
        return _failure(reply, mutating=False) or Read(_tree(reply))

    def _ask(self, path: str, step: str) -> Any:
        request = Request("GET", path, step, self._headers())
        reply = yield request
        return request, reply

    def _document(self, key: str) -> str:
        return f"/{self._options.index}/_doc/{quote(key, safe='')}"

    def _headers(self) -> dict[str, str]:
        named = f"{self._options.username}:{self._options.password.reveal()}"
        return {"Authorization": f"Basic {base64.b64encode(named.encode()).decode()}", "Accept": "application/json"}


def _done(reply: Reply, link: Link | None) -> Outcome:
    return Outcome(kind=OutcomeKind.ACCEPTED, reason=Reason.SAVED, http_status=reply.status, link=link)


def _failure(reply: Reply, *, mutating: bool) -> Outcome | None:
    """What is wrong with an answer, ``None`` where it is a success that can be read.

    An error object is ``{"error": {"type", "reason"}, "status"}``; its reason may quote the order, so its type alone is
    told.
    """
    if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES and _tree(reply) and not reply.cut:
        return None
    judged = judge_status(reply, mutating=mutating)
    if judged is not None:
        return judged
    error = _tree(reply).get("error")
    if isinstance(error, dict):
        message = f"OpenSearch refuses it ({error.get('type')}): compare the order with the index's mapping."
        kind, reason = OutcomeKind.REJECTED, Reason.REJECTED
    else:
        message = f"OpenSearch's answer (HTTP {reply.status}) is not what it documents."
        kind, reason = OutcomeKind.UNREADABLE, Reason.UNREADABLE
    return Outcome(kind=kind, reason=reason, message=message, http_status=reply.status, excerpt=reply.excerpt)


def _tree(reply: Reply) -> dict[str, Any]:
    try:
        tree = json.loads(reply.body)
    except ValueError:
        return {}
    return tree if isinstance(tree, dict) else {}

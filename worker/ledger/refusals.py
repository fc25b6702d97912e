"""Refusals as people see them, and the one thing that is done with them: a corrected one leaves the list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from schemas.fault import EventFault
from worker.ledger.store.client import Store, text
from worker.ledger.store.codec import unpack_event
from worker.ledger.store.instants import instant

PAGE = 200
FIELDS = ("at", "source", "id", "reason", "errors", "body", "order", "task", "headers")
"""The last three are absent where nothing is known of them, and in what older versions kept."""

_PLACES = re.compile(r"(?<=\.)\d+(?=\.|$)")  # which line of an order: no cause of its own
_VALUES = re.compile(r"(?<!\w)'[^']*'|\"[^\"]*\"|-?\d+(?:[.,]\d+)*")  # what is said of one order: no cause of its own
_decode_faults = msgspec.json.Decoder(list[EventFault]).decode
_decode_headers = msgspec.json.Decoder(dict[str, str]).decode


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be accepted, and why. ``id`` is ``r`` and the number of its arrival; ``event_id``, ``source`` and
    ``order``, the order's number, are what the body told of them, if anything; ``task_id`` is its message's, where that
    was no call. ``at`` is RFC 3339 in UTC."""

    id: str
    event_id: str | None
    source: str | None
    order: str | None = None
    task_id: str | None = None
    at: str
    reason: str
    errors: list[EventFault]


@dataclass(frozen=True, slots=True)
class KeptRefusal:
    """A refusal with the number of its arrival and its body: as it was sent, at most 1 MiB. ``headers`` are some of its
    message's, where that was no call."""

    seq: int
    shown: Refusal
    body: bytes
    headers: Mapping[str, str]


class Refusals:
    """Finds refusals, newest first. Every method raises ``StoreUnreachable``."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def listed(
        self, since_ms: int | None = None, until_ms: int | None = None, *, with_body: bool = True
    ) -> Iterator[KeptRefusal]:
        """All of a time, newest first, read a page at a time: stop early and nothing more is read. Without bodies they
        are empty."""
        start = 0
        highest, lowest = "+inf" if until_ms is None else until_ms, "-inf" if since_ms is None else since_ms
        while True:
            with self.store.errors():
                page = self.store.client.zrange(
                    self.store.keys.key("refusals"), highest, lowest, desc=True, byscore=True, offset=start, num=PAGE
                )
            yield from self._read([int(seq) for seq in page], with_body=with_body)
            if len(page) < PAGE:
                return
            start += PAGE

    def find(self, seq: int) -> KeptRefusal | None:
        """The refusal of this number, ``None`` where there is none or its days are over."""
        return next(iter(self._read([seq])), None)

    def event_id_at(self, seq: int) -> str | None:
        """The id of the event that was accepted under this number, if one was."""
        with self.store.errors():
            body = self.store.client.hget(self.store.keys.key("event", seq=seq), "b")
        return unpack_event(body).id if body else None

    def forget(self, seq: int) -> None:
        """Take a refusal off the list: its event has been accepted."""
        with self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
            pipe.zrem(self.store.keys.key("refusals"), seq)
            pipe.delete(self.store.keys.key("refusal", seq=seq))
            pipe.execute()

    def _read(self, seqs: list[int], *, with_body: bool = True) -> list[KeptRefusal]:
        fields = [name if with_body or name != "body" else "no body" for name in FIELDS]
        with self.store.errors(), self.store.client.pipeline(transaction=False) as pipe:
            for seq in seqs:
                pipe.hmget(self.store.keys.key("refusal", seq=seq), *fields)
            rows = pipe.execute()
        return [_refusal(seq, row) for seq, row in zip(seqs, rows, strict=True) if row[0] is not None]


class Sample(msgspec.Struct, frozen=True):
    id: str
    message: str


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Refusals of one reason whose first fault is at one place and says the same but for numbers and quoted values.
    ``sample`` is the newest of them."""

    reason: str
    path: str
    count: int
    first_at: str
    last_at: str
    sample: Sample


def causes(found: Iterable[Refusal]) -> list[Cause]:
    """Refusals by their cause, the most frequent first. ``found`` are in order of time, the newest first."""
    known: dict[tuple[str, str, str], Cause] = {}
    for one in found:
        fault = one.errors[0] if one.errors else EventFault("", "")
        path = _PLACES.sub("*", fault.path)
        cause = (one.reason, path, _VALUES.sub("*", fault.message))
        kept = known.get(cause) or Cause(
            reason=one.reason,
            path=path,
            count=0,
            first_at=one.at,
            last_at=one.at,
            sample=Sample(one.id, fault.message),
        )
        known[cause] = msgspec.structs.replace(kept, count=kept.count + 1, first_at=one.at)
    return sorted(known.values(), key=lambda cause: -cause.count)


def _refusal(seq: int, row: list[bytes]) -> KeptRefusal:
    at, source, event_id, reason, errors, body, order, task_id, headers = row
    shown = Refusal(
        id=f"r{seq}",
        event_id=text(event_id) or None,
        source=text(source) or None,
        order=text(order) or None,
        task_id=text(task_id) or None,
        at=instant(text(at)),
        reason=text(reason),
        errors=_decode_faults(errors),
    )
    return KeptRefusal(seq, shown, body or b"", _decode_headers(headers) if headers else {})

"""A ledger filled by the steps that workers take, many in one round trip: accept, claim, settle or bury."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from types import MappingProxyType

import msgspec

from schemas.delivery import Link
from schemas.event import Event, event_digest
from schemas.loading import read_decoded
from schemas.outcome import Outcome, Verdict
from tests.fakes.examples import IS_FULL
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, REJECTED, Ledger, ended
from worker.ledger.claims import Claim, read_claimed
from worker.ledger.intake import Arrival
from worker.ledger.lanes import Finished, Runner, new_request

SAMPLE = Path(__file__).parents[1] / "data" / "superstore-sample.jsonl.gz"
BATCH = 500

End = Callable[[Claim], tuple[Outcome, Verdict]]
NO_OTHER: Mapping[str, End] = MappingProxyType({})


def sized(full: int, short: int) -> int:
    """A size for the make target, or the one that fits into the tests of every day."""
    return full if IS_FULL else short


def samples(count: int, *, word: str = "") -> Iterator[Event]:
    """So many real orders, each of a number of its own, as they were created."""
    with gzip.open(SAMPLE, "rt") as lines:
        documents = [one for line in lines if (one := json.loads(line))["type"] == "order.created"]
    now = datetime.now(UTC)
    events = [read_decoded(one, limit_bytes=262_144, now=now) for one in documents]
    for n, event in enumerate(islice(cycle(events), count)):
        number = f"{word}{event.subject[:8]}{n}"
        order = msgspec.structs.replace(event.data.order, number=number)
        yield msgspec.structs.replace(
            event, id=f"{number}.1", subject=number, data=msgspec.structs.replace(event.data, order=order)
        )


def deliver(claim: Claim) -> tuple[Outcome, Verdict]:
    """A vendor's yes, with the ids that it gave."""
    return msgspec.structs.replace(ACCEPTED, link=Link(order_id=str(100_000 + claim.seq))), DELIVER


def bury(claim: Claim) -> tuple[Outcome, Verdict]:
    return REJECTED, BURY


def of_seven(claim: Claim) -> str:
    return f"f{claim.seq % 7}"


def seed(
    ledger: Ledger,
    events: Iterable[Event],
    end: End = deliver,
    ends: Mapping[str, End] = NO_OTHER,
    cause: Callable[[Claim], str] = of_seven,
) -> None:
    """Every event accepted, and one attempt at each of its deliveries: that comes to ``end``, or to what ``ends`` says of
    its provider, for the ``cause`` that a claim has. The ledger's plans want ``max_in_flight`` of at least a batch, and
    a gate that never closes."""
    left = iter(events)
    while some := list(islice(left, BATCH)):
        take_in(ledger, some)
        for name in ledger.plans:
            work_off(ledger, name, ends.get(name, end), cause)


def take_in(ledger: Ledger, events: list[Event]) -> None:
    for start in range(0, len(events), BATCH):
        ledger.intake.accept([Arrival(event, event_digest(event)) for event in events[start : start + BATCH]])


def work_off(ledger: Ledger, name: str, end: End = deliver, cause: Callable[[Claim], str] = of_seven) -> int:
    """One attempt at each lane that is ready at a provider, many side by side. Gives how many there were."""
    done = 0
    while working := _claims(ledger, name):
        ends = [(runner, claim, ended(claim, *end(claim), fingerprint=cause(claim))) for runner, claim in working]
        for step in ("settle", "park", "bury"):
            _finish(ledger, step, ends)
        done += len(working)
    return done


def _claims(ledger: Ledger, name: str) -> list[tuple[Runner, Claim]]:
    ready = [ledger.store.client.zcard(ledger.store.keys.key("ready", provider=name, lane_class=one)) for one in "frb"]
    runners = [Runner(ledger.store, ledger.plans[name]) for _ in range(min(BATCH, sum(ready)))]
    calls = [(*runner._arguments(new_request(), 1), "1") for runner in runners]
    answers = ledger.store.run_each("claim", calls) if calls else []
    read = [(runner, read_claimed(answer, ledger.store.epoch)) for runner, answer in zip(runners, answers, strict=True)]
    return [(runner, claimed) for runner, claimed in read if isinstance(claimed, Claim)]


def _finish(ledger: Ledger, step: str, ends: list[tuple[Runner, Claim, Finished]]) -> None:
    steps = [(runner, runner._last_step(claim, finished)) for runner, claim, finished in ends]
    calls = [(*runner._arguments(new_request(), 2), *more) for runner, (name, more) in steps if name == step]
    if calls:
        ledger.store.run_each(step, calls)

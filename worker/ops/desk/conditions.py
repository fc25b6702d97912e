"""What a probe is to be told of: conditions on the board."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NoReturn

import msgspec

from worker.ledger.queries.status import Status
from worker.ops.desk.advice import Advice
from worker.ops.desk.desk import Desk
from worker.ops.desk.durations import span
from worker.ops.desk.query import DeliveryQuery, Moment, read_moment
from worker.ops.desk.sentences import at_work, is_mute, no_worker, provider_sentence, schedule_sentence, unworked


class Failure(msgspec.Struct, frozen=True):
    """A condition that holds: its word, the provider that it holds of, if it is of one, and a sentence."""

    condition: str
    provider: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A word, and for how long at least, where that was said."""

    word: str
    lasts: Moment | None = None

    @property
    def lasts_s(self) -> float:
        return self.lasts.ms / 1000 if self.lasts else 0.0


def read_conditions(texts: Iterable[str]) -> list[Condition]:
    """Conditions from texts like ``held,older=5m``. Raises ``ValueError`` with what may be written."""
    return [_condition(part.strip()) for text in texts for part in text.split(",")]


def failures(desk: Desk, board: Status, conditions: Iterable[Condition]) -> Iterator[Failure]:
    """What holds of these conditions, in their order; before them, and whatever they are, that the store takes nothing.
    Raises ``StoreUnreachable``."""
    if refusal := board.store.refusal:
        yield Failure("store", None, refusal.sentence)
    for condition in dict.fromkeys(conditions):
        yield from _CHECKS[condition.word](desk, board, condition)


def _condition(text: str) -> Condition:
    word, _, said = text.partition("=")
    if word not in _CHECKS:
        _refuse(text, f"is no condition; there are {', '.join(_shown(each) for each in _CHECKS)}")
    if not said:
        if word == "older":
            _refuse(text, "needs a span: older=5m")
        return Condition(word)
    if word not in WITH_SPAN:
        _refuse(text, f"takes no value; write {word}")
    try:
        lasts = read_moment(said)
    except ValueError:
        lasts = None
    if lasts is None or not lasts.is_span:
        _refuse(text, f"needs a span like {word}=45s, {word}=30m, {word}=2h or {word}=3d")
    return Condition(word, lasts)


def _refuse(text: str, why: str) -> NoReturn:
    raise ValueError(f"{text!r} {why}.")


def _shown(word: str) -> str:
    return f"{word}=SPAN" if word == "older" else f"{word}[=SPAN]" if word in WITH_SPAN else word


def _in_state(_: Desk, board: Status, condition: Condition) -> Iterator[Failure]:
    for row in board.providers:
        if row.gate.state == condition.word:
            yield Failure(condition.word, row.provider, provider_sentence(row))


def _dead(desk: Desk, board: Status, condition: Condition) -> Iterator[Failure]:
    for row in board.providers:
        if row.dead:
            many = "1 dead letter" if row.dead == 1 else f"{row.dead} dead letters"
            see = desk.wording.say(Advice.SEE_DEAD, provider=row.provider)
            yield Failure(condition.word, row.provider, f"{row.provider} has {many}: {see}.")


def _unread(desk: Desk, board: Status, condition: Condition) -> Iterator[Failure]:
    intake = board.intake
    if not intake.letterbox and not is_mute(board):
        waits = "" if intake.queued is None else f", and {intake.queued} wait in it"
        start = desk.wording.say(Advice.START_ONE, one="a worker")
        yield Failure(condition.word, None, f"Nobody reads the intake queue{waits}: {start}.")
    for name in intake.unread_lists:
        see = desk.wording.say(Advice.SEE_UNREAD)
        yield Failure(condition.word, None, f"Nobody reads {name}, and calls of ours wait in it: {see}.")


def _refused(desk: Desk, board: Status, condition: Condition) -> Iterator[Failure]:
    many = board.intake.refusals
    since = ""
    if condition.lasts and many:
        many = sum(1 for _ in desk.refusals(DeliveryQuery(since=condition.lasts, limit=many)))
        since = f" in the last {span(condition.lasts_s)}"
    if many:
        what = "1 event was refused" if many == 1 else f"{many} events were refused"
        yield Failure(condition.word, None, f"{what}{since}: {desk.wording.say(Advice.SEE_REFUSED)}.")


def _older(desk: Desk, board: Status, condition: Condition) -> Iterator[Failure]:
    for row in board.providers:
        if row.oldest_waiting_s is not None and row.oldest_waiting_s > condition.lasts_s:
            many = "1 delivery waits" if row.waiting == 1 else f"{row.waiting} deliveries wait"
            oldest = f"{row.provider}: {many}, the oldest {span(row.oldest_waiting_s)}"
            see = desk.wording.say(Advice.SEE_WAITING, provider=row.provider)
            yield Failure(condition.word, row.provider, f"{oldest}: {see}.")
    if board.intake.oldest_s is not None and board.intake.oldest_s > condition.lasts_s:
        oldest = f"The oldest message of the intake queue waits for {span(board.intake.oldest_s)}"
        yield Failure(condition.word, None, f"{oldest}: {desk.wording.say(Advice.SEE_STATUS)}.")


def _differs(desk: Desk, board: Status, condition: Condition) -> Iterator[Failure]:
    for row in board.schedules or []:
        if row.missing or row.different:
            yield Failure(condition.word, row.provider, schedule_sentence(row, desk.wording))


def _workers(desk: Desk, board: Status, condition: Condition) -> Iterator[Failure]:
    workers = at_work(board)
    if not workers and not is_mute(board):
        yield Failure(condition.word, None, no_worker(desk.wording))
    for one in workers:
        if one.failing:
            message = f"{one.name}: {', '.join(one.failing)} ended by a defect and is down; see its log, restart it."
            yield Failure(condition.word, None, message)
    for name, message in unworked(board).items():
        yield Failure(condition.word, name, message)


_CHECKS: dict[str, Callable[[Desk, Status, Condition], Iterator[Failure]]] = {
    "held": _in_state,
    "tripped": _in_state,
    "paused": _in_state,
    "dead": _dead,
    "unread": _unread,
    "refused": _refused,
    "older": _older,
    "workers": _workers,
    "differs": _differs,
}
WITH_SPAN = ("older", "refused")

"""How it all stands, in sentences: what a gate is, what each provider waits for, how the workers and the intake are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from schemas.gate import CLOSED
from worker.ledger.queries.status import (
    GateView,
    IntakeRow,
    ProviderRow,
    ScheduleRow,
    ShardRow,
    Status,
    WorkerRow,
)
from worker.ops.desk.advice import Advice, Wording
from worker.ops.desk.durations import span

HEARD_S, SILENT_S = 30.0, 5.0
"""A worker counts until it has not been heard of for so long; one that has been silent for a while is named."""

_SECRETS = re.compile(r"(?P<said>.*?) ?\((?P<secrets>\w+ from .+?)(?:; HTTP \d+)?\)", re.DOTALL)
"""The message of an attempt whose credentials were refused: the vendor's words, and which secrets were used."""
_READ = re.compile(r", read (\d\d \w{3} \d\d:\d\d:\d\d) UTC")
_OURS = "The provider refuses our credentials"


def at_work(board: Status) -> list[WorkerRow]:
    """The workers that were heard of lately; a worker shows that it is alive twice a second."""
    return [worker for worker in board.workers if worker.beat_age_s < HEARD_S]


def clock(instant: str | None) -> str:
    """An instant of the ledger as a clock on the wall shows it: the time, and the day where that is not today."""
    if instant is None:
        return ""
    there = datetime.fromisoformat(instant).astimezone()
    is_today = there.date() == datetime.now().astimezone().date()
    return there.strftime("%H:%M:%S" if is_today else "%-d %b %H:%M")


def gate_words(gate: GateView | None) -> str:
    """A gate in one line: its state, why, since when and until when."""
    if gate is None:
        return ""
    if gate.state == "paused":
        return f"paused{f' by {gate.who}' if gate.who else ''}: {gate.reason}"
    since = f" since {clock(gate.since)}" if gate.since else ""
    until = f" until {clock(gate.until)}" if gate.until else ""
    answer = answer_words(gate) if gate.state != "open" else ""
    why = f": {gate.reason}" if gate.reason else ""
    return f"{gate.state}{since}{until}{why}" + (f" ({answer})" if answer else "")


def answer_words(gate: GateView) -> str:
    """The provider's last bad answer, whole: ``HTTP 503, Service Unavailable``; where it refused our credentials, with
    which secrets. Nothing where none is known."""
    status = f"HTTP {gate.last_http_status}" if gate.last_http_status else ""
    message, secrets = _parted(gate)
    if secrets and status and message.startswith(_OURS):
        message = ""
    said = ", ".join(filter(None, [status, message or (gate.last_reason if not status else "")]))
    return f"{said}{',' if message else ''} with {secrets}" if secrets else said


def unworked(board: Status) -> dict[str, str]:
    """The providers that no worker works, each with a sentence that says why. Empty where no worker is there at all."""
    workers = at_work(board)
    asked = [row for row in board.providers if row.waiting or not row.removed]
    rows = [row for row in asked if workers and all(row.provider in one.leaves for one in workers)]
    return {row.provider: _left(row, workers) for row in rows}


def _left(row: ProviderRow, workers: list[WorkerRow]) -> str:
    whys: dict[str, list[str]] = {}
    for one in workers:
        whys.setdefault(one.leaves[row.provider].rstrip("."), []).append(one.name)
    told = "; ".join(f"{', '.join(names)}: {why}" for why, names in whys.items())
    return f"No worker works {row.provider} ({told}).{_waiting(row)}"


def no_worker(wording: Wording) -> str:
    """That nobody works, and how to have somebody."""
    return f"No worker is at work: {wording.say(Advice.START_ONE, one='one')}."


def headline(board: Status, wording: Wording, broken: Collection[str] = ()) -> str:
    """The first thing to know: that the store takes nothing, that nobody works, or how many providers deliver.
    ``broken`` are those whose kind cannot be loaded here, or that nobody works."""
    if board.store.refusal:
        return board.store.refusal.sentence
    present = [row for row in board.providers if not row.removed]
    if not present:
        return "No provider is in the ledger yet."
    if not at_work(board):
        return no_worker(wording)
    many = len(present)
    working = sum(row.gate.state not in CLOSED and row.provider not in broken for row in present)
    return f"{working} of {many} {'provider delivers' if many == 1 else 'providers deliver'}."


def troubled(board: Status) -> Iterator[str]:
    """A sentence for each provider that gets nothing, or fewer at a time than it may have; the worst first."""
    for row in sorted(board.providers, key=lambda row: row.gate.state not in CLOSED):
        if row.gate.state != "open":
            yield provider_sentence(row)


def provider_sentence(row: ProviderRow) -> str:
    """Why a provider gets nothing, or less than it could, and what waits for it: ``desk is on hold since 02:14: …``."""
    gate, name = row.gate, row.provider
    since = f" since {clock(gate.since)}" if gate.since else ""
    answer = answer_words(gate)
    said = f" ({answer})" if answer else ""
    until = clock(gate.until)
    tried = f"Next try {f'at {clock(gate.next_probe_at)}' if gate.next_probe_at else 'with its next order'}."
    if gate.state == "paused":
        by = f" by {gate.who}" if gate.who else ""
        told = f"{name} is paused{by}{since}: {gate.reason}."
    elif gate.state == "held" and _parted(gate)[1]:
        told = f"{name} is on hold{since}: {answer}. {_cure(_parted(gate)[1])}{tried}"
    elif gate.state == "held":
        why = "it refuses our credentials" if gate.reason == "credentials" else "it rejects every order"
        told = f"{name} is on hold{since}: {why}{said}. {tried}"
    elif gate.state == "tripped":
        told = f"{name} is tripped{since}: it fails again and again{said}. {tried}"
    elif gate.reason == "throttled":
        told = f"{name} asked us to wait until {until}{said}."
    else:
        after = f" after trouble{said}" if gate.last_at else ""
        told = f"{name} has {row.limit} at a time{after}; one more with each round that goes well."
    return f"{told}{_waiting(row)}"


def reconciled(board: Status, wording: Wording) -> Iterator[str]:
    """A sentence for each provider at which the last reconciliation on a schedule has found something, and for each
    that is due and waits."""
    for row in board.schedules or []:
        if sentence := schedule_sentence(row, wording):
            yield sentence
        if row.waits:
            why = _WAITS.get(row.waits, f"{row.waits} is not over")
            yield f"The reconciliation of {row.provider} is due and waits: {why}."


def schedule_sentence(row: ScheduleRow, wording: Wording) -> str:
    """What its last reconciliation has found; empty where all was the same."""
    counts = {"missing there": row.missing, "different": row.different, "sent again": row.sent_again}
    found = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    if not found or row.job is None:
        return ""
    see = wording.say(Advice.SEE_JOB, job=row.job)
    orders = "1 order" if row.asked == 1 else f"{row.asked} orders"
    return f"{row.provider} was asked for {orders} at {clock(row.ended_at)}: {found}. {see[:1].upper()}{see[1:]}."


_WAITS = {
    "paused": "the provider is paused",
    "held": "the provider is on hold",
    "tripped": "the provider is tripped",
    "shard_away": "a shard does not answer",
    "not_asked": "this kind of account cannot be asked for its orders",
}


def machinery(board: Status) -> list[str]:
    """The store and its shards in one line, the workers and the intake in another; then a line for each server that is
    away: a shard, or the broker."""
    store = board.store
    where = f"store {store.url}{' (embedded)' if store.embedded else ''}"
    used = f"{store.memory_bytes / 1024**2:.0f} MiB used"
    return [
        f"{where} · {kept_words(store.durability)}, {used}{shards_words(board.shards or [])}",
        f"{workers_words(board)} · {intake_words(board.intake)} · refusals: {board.intake.refusals}",
        *(f"{one.away} Its orders wait." for one in board.shards or [] if one.away),
        *([board.intake.away] if board.intake.away else []),
    ]


def kept_words(durability: str) -> str:
    """How safe what the store has taken is: ``kept on disk``, or what is at risk."""
    if durability == "disk":
        return "kept on disk"
    return f"kept in {durability}" if durability.startswith("memory") else f"durability {durability}"


def is_mute(board: Status) -> bool:
    """Whether the store takes no word of the workers, so that nobody can tell from it whether any is at work."""
    return board.store.refusal is not None and board.store.refusal.stops_workers


def workers_words(board: Status) -> str:
    """How many workers there are; which is silent or has a loop that is down, and which versions they are of."""
    workers = at_work(board)
    told = [f"{one.name} last heard of {span(one.beat_age_s)} ago" for one in workers if one.beat_age_s > SILENT_S]
    told += [f"{one.name}: {', '.join(one.failing)} down" for one in workers if one.failing]
    told += [f"{one.name}: {one.restarts} loops started again" for one in workers if one.restarts]
    told += _versions("release", [one.release for one in workers])
    told += _versions("provider table", [str(one.table or "") for one in workers])
    return f"workers: {len(workers)}" + (f" ({'; '.join(told)})" if told else "")


def intake_words(intake: IntakeRow) -> str:
    """Whether somebody reads the intake queue, and what waits in it."""
    waits = "" if intake.queued is None else f", {intake.queued} wait"
    oldest = f", the oldest {span(intake.oldest_s)}" if intake.queued and intake.oldest_s is not None else ""
    unread = f", nobody reads {', '.join(intake.unread_lists)}" if intake.unread_lists else ""
    return f"intake: {'read' if intake.letterbox else 'no reader'}{waits}{oldest}{unread}"


def shards_words(shards: Iterable[ShardRow]) -> str:
    """How many shards there are, and how many of them do not answer; nothing where there are none."""
    listed = list(shards)
    away = sum(not one.answers for one in listed)
    return f" · shards: {len(listed)}{f', {away} away' if away else ''}" if listed else ""


def _parted(gate: GateView) -> tuple[str, str]:
    """The words of the last bad answer, and which secrets were used, where it says so."""
    message = (gate.last_message or "").rstrip(".")
    found = _SECRETS.fullmatch(message)
    if found is None or gate.last_reason not in (None, "credentials"):
        return message, ""
    secrets = _READ.sub(lambda read: f" (read {_read_at(read[1], gate)})", found["secrets"])
    return found["said"].rstrip("."), secrets


def _read_at(said: str, gate: GateView) -> str:
    """When a secret was read, by the clock on the wall: the year is that of the answer, or the one before."""
    answered = datetime.fromisoformat(gate.last_at) if gate.last_at else datetime.now(UTC)
    for year in (answered.year, answered.year - 1):
        try:
            read = datetime.strptime(f"{year} {said}", "%Y %d %b %H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            continue  # the 29th of February, in another year
        if read <= answered + timedelta(days=1):
            return clock(read.isoformat())
    return f"{said} UTC"


def _cure(secrets: str) -> str:
    files = secrets.count(" from file ")
    if files > 1:
        return "Correct those files; they are taken up by themselves. "
    return "Correct that file; it is taken up by itself. " if files else ""


def _waiting(row: ProviderRow) -> str:
    if not row.waiting:
        return " Nothing waits."
    oldest = f", the oldest {span(row.oldest_waiting_s)}" if row.oldest_waiting_s is not None else ""
    return f" {row.waiting} {'delivery waits' if row.waiting == 1 else 'deliveries wait'}{oldest}."


def _versions(what: str, told: list[str]) -> list[str]:
    """Nothing where all are of one."""
    kinds = sorted(set(filter(None, told)))
    return [f"of {what} " + " and ".join(f"{kind} ({told.count(kind)})" for kind in kinds)] if len(kinds) > 1 else []

"""How it stands, in sentences that need no second reading at three in the morning."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.fakes.ledger import DENIED, DOWN, HOLD, park, snapshot
from worker.ledger.queries.status import GateView, IntakeRow, ProviderRow, Status, StoreRow, WorkerRow
from worker.ops.cli.wording import CommandWording
from worker.ops.desk.sentences import clock, gate_words, headline, machinery, provider_sentence, troubled, unworked


def at(minutes_ago: float) -> str:
    then = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wall(instant: str) -> str:
    return re.escape(clock(instant))


OPEN = GateView("open", None, None)


def row(name: str = "desk", gate: GateView = OPEN, **counts: int) -> ProviderRow:
    states = ("delivered", "skipped", "superseded", "pending", "attempting", "parked", "dead", "discarded")
    each = {state: counts.get(state, 0) for state in states}
    return ProviderRow(
        provider=name,
        kind="webhook",
        in_flight=0,
        limit=counts.get("limit", 8),
        oldest_undelivered_s=None,
        gate=gate,
        oldest_waiting_s=2760.0 if each["pending"] else None,
        **each,
    )


def board(*rows: ProviderRow, workers: list[WorkerRow] | None = None, intake: IntakeRow | None = None) -> Status:
    store = StoreRow("unix://s", embedded=True, durability="disk", memory_bytes=1024**2)
    at_work = [WorkerRow("w0@a", 0.1)] if workers is None else workers
    return Status(store, at_work, intake or IntakeRow(letterbox=True, refusals=0), list(rows))


def told(board: Status) -> str:
    return "\n".join(machinery(board))


def test_all_well_is_one_short_sentence() -> None:
    assert headline(board(row("a"), row("b")), CommandWording()) == "2 of 2 providers deliver."
    assert headline(board(row("a")), CommandWording()) == "1 of 1 provider delivers."


def test_a_hold_says_since_when_what_was_answered_what_waits_and_when_it_is_tried() -> None:
    since, until = at(46), at(-3)
    held = GateView(
        "held", "credentials", until, since=since, next_probe_at=until, last_message="Invalid API key.",
        last_http_status=401, last_at=at(1),
    )  # fmt: skip
    shown = board(row("a"), row("desk", held, pending=200, parked=12))
    assert headline(shown, CommandWording()) == "1 of 2 providers deliver."
    [sentence] = troubled(shown)
    assert sentence == (
        f"desk is on hold since {clock(since)}: it refuses our credentials (HTTP 401, Invalid API key)."
        f" Next try at {clock(until)}. 212 deliveries wait, the oldest 46m."
    )


def refused_with(message: str, since: str, until: str) -> str:
    gate = GateView(
        "held", "credentials", until, since=since, next_probe_at=until, last_message=message, last_reason="credentials",
        last_http_status=401, last_at=since,
    )  # fmt: skip
    return provider_sentence(row("desk", gate, pending=4))


def test_a_hold_says_once_what_was_answered_and_which_file_to_correct() -> None:
    since, until = at(1), at(-3)
    read = (datetime.now(UTC) - timedelta(minutes=2)).replace(microsecond=0)
    used = f"(api_key from file /run/desk key, read {read:%d %b %H:%M:%S} UTC; HTTP 401)"
    begins = f"desk is on hold since {clock(since)}: HTTP 401"
    ends = f"Next try at {clock(until)}. 4 deliveries wait, the oldest 46m."
    told = f"with api_key from file /run/desk key (read {clock(read.isoformat())})"
    cure = "Correct that file; it is taken up by itself."
    ours = refused_with(f"The provider refuses our credentials (401). {used}", since, until)
    assert ours == f"{begins} {told}. {cure} {ends}"
    theirs = refused_with(f"Invalid (old) key. {used}", since, until)
    assert theirs == f"{begins}, Invalid (old) key, {told}. {cure} {ends}"
    variable = "(api_key from variable KEY: restart the workers after changing it; HTTP 401)"
    assert refused_with(variable, since, until) == (
        f"{begins} with api_key from variable KEY: restart the workers after changing it. {ends}"
    )


def test_a_vendors_words_are_shown_whole() -> None:
    words = f"20.00 in total with tax, {'2 of 3 lines, ' * 30}and no more"
    assert words in provider_sentence(row("desk", GateView("tripped", "trouble", None, last_message=words)))


def test_what_gets_nothing_is_told_before_what_gets_less() -> None:
    limited = GateView("limited", None, None)
    paused = GateView("paused", "night", None)
    sentences = troubled(board(row("a", limited), row("b"), row("c", paused)))
    assert [one.split(" ")[0] for one in sentences] == ["c", "a"]


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (GateView("tripped", "trouble", at(0), last_http_status=503, last_message="503 from app.orderdesk.me"),
         "tripped: it fails again and again (HTTP 503, 503 from app.orderdesk.me). Next try with its next order."),
        (GateView("held", "rejects_everything", at(0), last_message="No product"), "it rejects every order (No product)"),
        (GateView("paused", "release night", None, who="ann"), "desk is paused by ann: release night. Nothing waits."),
        (GateView("limited", "throttled", at(0), last_http_status=429), "asked us to wait until"),
        (GateView("limited", None, None, last_http_status=503, last_at=at(1)), "has 1 at a time after trouble (HTTP 503); one"),
        (GateView("limited", None, None), "desk has 1 at a time; one more with each round"),
        (GateView("tripped", "trouble", at(0), last_reason="connect", last_message="No connection to x:443"),
         "again (No connection to x:443). Next"),
    ],
)  # fmt: skip
def test_every_state_but_open_says_what_it_is_and_why(gate: GateView, words: str) -> None:
    assert words in provider_sentence(row("desk", gate, limit=1))


def test_a_gate_in_one_line_has_the_answer_and_both_times() -> None:
    since, until = at(10), at(-1)
    gate = GateView("tripped", "trouble", until, since=since, last_message="Bad gateway", last_http_status=502)
    assert gate_words(gate) == (
        f"tripped since {clock(since)} until {clock(until)}: trouble (HTTP 502, Bad gateway)"
    )  # fmt: skip
    assert gate_words(OPEN) == "open"


def test_a_clock_says_the_day_where_it_is_not_today() -> None:
    assert re.fullmatch(r"\d\d:\d\d:\d\d", clock(at(0)))
    assert re.fullmatch(r"\d{1,2} \w{3} \d\d:\d\d", clock(at(60 * 24 * 3)))


def worker(name: str, beat_age_s: float, **more: object) -> WorkerRow:
    return WorkerRow(name, beat_age_s, **more)  # type: ignore[arg-type]  # as the test says


def test_a_worker_that_is_silent_is_named_and_one_that_is_gone_does_not_count() -> None:
    workers = [worker("w0@a", 0.4), worker("w1@a", 12.2), worker("w2@a", 31.0)]
    assert "workers: 2 (w1@a last heard of 12s ago)" in told(board(workers=workers))


def test_workers_of_two_versions_and_of_two_tables_are_told_apart() -> None:
    workers = [worker("a", 0.1, release="0.1.0", table=3), worker("b", 0.1, release="0.2.0", table=3)]
    assert "workers: 2 (of release 0.1.0 (1) and 0.2.0 (1))" in told(board(workers=workers))
    workers = [worker("a", 0.1, table=3), worker("b", 0.1, table=4), worker("c", 0.1, table=4)]
    assert "(of provider table 3 (1) and 4 (2))" in told(board(workers=workers))


def test_a_loop_that_is_down_is_named() -> None:
    workers = [worker("a", 0.1, failing=("letterbox",), restarts=2)]
    assert "workers: 1 (a: letterbox down; a: 2 loops started again)" in told(board(workers=workers))


@pytest.mark.parametrize(
    ("intake", "words"),
    [
        (IntakeRow(letterbox=True, refusals=2), "intake: read · refusals: 2"),
        (IntakeRow(letterbox=False, refusals=0, queued=3, oldest_s=40.0), "intake: no reader, 3 wait, the oldest 40s"),
        (IntakeRow(letterbox=True, refusals=0, queued=0), "intake: read, 0 wait ·"),
        (IntakeRow(letterbox=True, refusals=0, unread_lists=("celery", "x")), "read, nobody reads celery, x"),
    ],
)
def test_the_intake_says_who_reads_it_and_what_waits(intake: IntakeRow, words: str) -> None:
    assert words in told(board(intake=intake))


def test_the_command_says_it_of_a_real_ledger(ops) -> None:
    ops.ledger.accept(*[snapshot(f"e{n}1", number=str(n)) for n in range(6)])
    for _ in range(5):
        ops.ledger.finish(ops.ledger.claim("one"), DOWN, park(5), "one")
    for _ in range(3):
        ops.ledger.finish(ops.ledger.claim("two"), DENIED, HOLD, "two")
    ops.ledger.gates.beat("celery@here")
    shown = ops.run("status")
    assert "0 of 2 providers deliver.\none is tripped since" in shown.stderr
    assert "(HTTP 503, 503 from desk.example). Next try at" in shown.stderr
    assert "two is on hold since" in shown.stderr
    assert "6 deliveries wait, the oldest" in shown.stderr
    titles, one, two = (line.split("\t") for line in shown.stdout.splitlines())
    assert (one[titles.index("gate")], two[titles.index("gate")]) == ("tripped", "held")


def test_a_vendors_words_are_one_line_and_steer_no_terminal(ops) -> None:
    evil = msgspec.structs.replace(DOWN, message="\x1b[31mred\nsecond [bold]line")
    ops.ledger.accept(*[snapshot(f"e{n}1", number=str(n)) for n in range(6)])
    for _ in range(5):
        ops.ledger.finish(ops.ledger.claim("one"), evil, park(5), "one")
    said = ops.run("status").stderr
    assert "\x1b" not in said
    assert "[31mred second [bold]line" in said


def test_a_provider_that_no_live_worker_works_is_named_with_why() -> None:
    why = "providers.desk.api_key: the file /run/desk is empty."
    first = WorkerRow("w0@a", 0.4, leaves={"desk": why, "hook": "its configuration has no [providers.hook]."})
    silent = WorkerRow("w9@a", 99.0)
    found = unworked(board(row("desk", pending=2), row("hook"), workers=[first, silent]))
    assert found["desk"] == (
        "No worker works desk (w0@a: providers.desk.api_key: the file /run/desk is empty)."
        " 2 deliveries wait, the oldest 46m."
    )
    assert list(found) == ["desk", "hook"]
    second = WorkerRow("w1@b", 0.4, leaves={"desk": why})
    assert list(unworked(board(row("desk"), row("hook"), workers=[first, second]))) == ["desk"]
    assert unworked(board(row("desk"))) == {}, "that no worker is there at all is said elsewhere"

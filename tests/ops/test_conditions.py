"""status --fail-on: for cron and probes. Nothing and 0 where all is well, else a line for each thing, and 5."""

from __future__ import annotations

import pytest

from schemas.outcome import Reason
from tests.fakes.ledger import DENIED, DOWN, HOLD, park, snapshot
from worker.ledger.worker_facts import WorkerFacts
from worker.ops.desk.conditions import Condition, read_conditions

ALL = "held,tripped,paused,dead,refused,workers,older=5m"


def fails(ops, conditions: str) -> list[str]:
    result = ops.run("status", "--fail-on", conditions)
    lines = result.stdout.splitlines()
    assert result.exit_code == (5 if lines else 0), result.output
    return lines


def orders(ops, count: int = 6) -> None:
    ops.ledger.accept(*[snapshot(f"e{n}1", number=str(n)) for n in range(count)])


def test_where_all_is_well_nothing_is_printed_and_the_exit_code_is_0(ops) -> None:
    ops.ledger.gates.beat("celery@here")
    ops.ledger.accept(snapshot("e1"))
    result = ops.run("status", "--fail-on", ALL)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_a_hold_a_trip_and_a_pause_are_a_line_each(ops) -> None:
    orders(ops)
    for _ in range(3):
        ops.ledger.finish(ops.ledger.claim("one"), DENIED, HOLD, "one")
    for _ in range(5):
        ops.ledger.finish(ops.ledger.claim("two"), DOWN, park(5), "two")
    held, tripped = fails(ops, "held,tripped,paused")
    assert held.startswith("held: one is on hold since")
    assert "HTTP 401, Invalid API key" in held
    assert tripped.startswith("tripped: two is tripped since")
    ops.ledger.pause("one", who="ann", why="night", at_ms=ops.ledger.store.now_ms())
    assert [line.split(":")[0] for line in fails(ops, "held,tripped,paused")] == ["tripped", "paused"]


def test_only_what_was_asked_for_fails(ops) -> None:
    ops.bury(snapshot("e1"))
    assert fails(ops, "held") == []
    [line] = fails(ops, "dead")
    assert line == "dead: one has 1 dead letter: `ordercast dead --group --provider one` shows why."


def test_a_queue_that_nobody_reads_fails(ops) -> None:
    [line] = fails(ops, "unread")
    assert line.startswith("unread: Nobody reads the intake queue")
    assert "ordercast up" in line


def test_refusals_fail_all_of_them_or_those_of_late(ops) -> None:
    ops.ledger.intake.refuse(b"{}", Reason.INVALID, [])
    assert fails(ops, "refused") == ["refused: 1 event was refused: `ordercast refusals` shows why."]
    assert len(fails(ops, "refused=1h")) == 1
    ops.ledger.advance(2 * 3600)
    assert (len(fails(ops, "refused")), fails(ops, "refused=1h")) == (1, [])


def test_what_waits_too_long_fails_but_no_dead_letter(ops) -> None:
    ops.bury(snapshot("e1"))
    ops.ledger.advance(299)
    assert fails(ops, "older=5m") == []
    ops.ledger.advance(10)
    [line] = fails(ops, "older=5m")
    assert line.startswith("older: two: 1 delivery waits, the oldest 5m")


def test_no_worker_fails_and_one_whose_loop_is_down(ops) -> None:
    assert fails(ops, "workers")[0].startswith("workers: No worker is at work")
    ops.ledger.gates.beat("celery@here")
    assert fails(ops, "workers") == []
    ops.ledger.gates.beat("celery@here", WorkerFacts(failing=("letterbox",)))
    [line] = fails(ops, "workers")
    assert "celery@here: letterbox ended by a defect" in line
    ops.ledger.advance(31)
    assert fails(ops, "workers")[0].startswith("workers: No worker is at work")


def test_as_json_it_is_the_status_with_what_failed(ops) -> None:
    ops.bury(snapshot("e1"))
    document = ops.json("status", "--fail-on", "dead,held", code=5)
    assert [one["provider"] for one in document["providers"]] == ["one", "two"]
    [failure] = document["failures"]
    assert (failure["condition"], failure["provider"]) == ("dead", "one")
    assert ops.json("status", "--fail-on", "held")["failures"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("hold", "'hold' is no condition; there are held, tripped, paused, dead, unread, refused[=SPAN], older=SPAN"),
        ("older", "'older' needs a span: older=5m."),
        ("older=five", "needs a span like older=45s"),
        ("older=2026-11-21", "needs a span like older=45s"),
        ("dead=3", "'dead=3' takes no value; write dead."),
        ("held,,dead", "'' is no condition"),
    ],
)
def test_what_is_no_condition_is_a_usage_error_that_says_what_is(ops, words: str, said: str) -> None:
    assert said in " ".join(ops.error("status", "--fail-on", words, code=2).split())


def test_a_probe_looks_once(ops) -> None:
    assert "without --watch" in ops.error("status", "--fail-on", "dead", "--watch", code=2)


def test_conditions_may_be_said_in_one_word_or_in_several() -> None:
    [held, older] = read_conditions(["held, older=90s"])
    assert (held, older.word, older.lasts_s) == (Condition("held"), "older", 90.0)

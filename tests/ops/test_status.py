"""status: the board, once or again and again."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys

import msgspec
import pytest
import redis

from schemas.outcome import Reason
from tests.fakes.ledger import action, snapshot
from worker.messages import INTAKE_QUEUE
from worker.ops.cli import tables
from worker.ops.cli.sparkline import sparkline
from worker.ops.cli.status import COLUMNS
from worker.ops.desk.sentences import machinery


def test_status_has_every_field_of_the_design(ops):
    ops.bury(snapshot("e1"))
    ops.ledger.accept(action("a1"))
    ops.ledger.intake.refuse(b"", Reason.NOT_JSON, [])
    ops.ledger.gates.beat("celery@here")
    status = ops.json("status")
    assert list(status) == ["store", "workers", "intake", "providers"]
    assert list(status["store"]) == ["url", "embedded", "durability", "memory_bytes", "refusal"]
    assert [worker["name"] for worker in status["workers"]] == ["celery@here"]
    assert list(status["intake"]) == ["letterbox", "refusals", "queued", "oldest_s", "unread_lists", "away"]
    assert (status["intake"]["letterbox"], status["intake"]["refusals"]) == (False, 1)
    one = status["providers"][0]
    assert list(one) == [
        "provider", "kind", "delivered", "skipped", "superseded", "pending", "attempting", "parked", "dead",
        "discarded", "in_flight", "limit", "oldest_undelivered_s", "gate", "oldest_waiting_s",
        "removed",
    ]  # fmt: skip
    assert (one["provider"], one["pending"], one["dead"]) == ("one", 1, 1)


def test_the_address_in_status_reaches_the_store(ops):
    with redis.Redis.from_url(ops.json("status")["store"]["url"]) as client:
        assert client.ping()


def test_people_read_a_row_per_provider(ops):
    ops.bury(snapshot("e1"))
    shown = ops.run("status")
    titles, one, two = (line.split("\t") for line in shown.stdout.splitlines())
    assert dict(zip(titles, one, strict=True)) | {"oldest": ""} == {
        "provider": "one", "delivered": "0", "pending": "0", "parked": "0", "dead": "1", "in flight": "0/8",
        "oldest": "", "gate": "open",
    }  # fmt: skip
    assert two[0] == "two"
    assert "workers: 0" in shown.stderr
    assert "your file wants another kind" in shown.stderr


def test_on_80_columns_a_provider_is_one_line_and_what_stands_above_wraps_nowhere(ops):
    ops.ledger.gates.beat("celery@here")
    ops.ledger.accept(snapshot("e1"))
    board = ops.ledger.board.read(INTAKE_QUEUE)
    rows = [
        msgspec.structs.replace(row, provider="retargeting", delivered=120_000, oldest_undelivered_s=99_000.0)
        for row in board.providers
    ]
    drawn = tables.table(rows, COLUMNS, 80).renderables
    assert len(drawn) == 1 + len(rows)
    redis_at = msgspec.structs.replace(board.store, url="redis://127.0.0.1:6379/0")
    lines = machinery(msgspec.structs.replace(board, store=redis_at))
    assert [len(line) <= 80 for line in lines] == [True, True]
    assert lines[0].startswith("store redis://127.0.0.1:6379/0 · kept ")
    assert lines[0].endswith(" MiB used")


def test_a_provider_that_was_removed_does_not_count_as_one_that_delivers(ops):
    ops.ledger.gates.beat("celery@here")
    ops.bury(snapshot("e1"))
    assert "2 of 2 providers deliver." in ops.run("status").stderr
    assert ops.run("providers", "remove", "one", "--why", "closed", "--yes").exit_code == 0
    assert "1 of 1 provider delivers." in ops.run("status").stderr
    assert [(row["provider"], row["removed"]) for row in ops.json("status")["providers"]] == [
        ("one", True),
        ("two", False),
    ]


def test_where_no_worker_is_at_work_that_is_the_first_line(ops):
    first = ops.run("status").stderr.splitlines()[0]
    assert first == "No worker is at work: start one with `ordercast up` or `celery -A worker worker`."
    ops.ledger.gates.beat("celery@here")
    ops.ledger.advance(12)
    assert ops.run("status").stderr.splitlines()[0] == "2 of 2 providers deliver."
    [workers] = [one["message"] for one in ops.json("check", code=1) if one["what"] == "workers"]
    assert workers == "1 at work, last heard of 12s ago."


def test_watching_prints_a_line_at_every_look_until_it_is_interrupted(ops):
    # Whoever runs the tests in the background may have them, and all they start, ignore an interrupt.
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heeds}; from worker.ops.cli import main; main()", "--config", str(ops.config)]
    words = ["status", "--watch", "--jsonl", "--every", "0.01"]
    with subprocess.Popen([*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        looks = [json.loads(running.stdout.readline()) for _ in range(3)]
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=20)
    assert [len(look["providers"]) for look in looks] == [2, 2, 2]
    assert running.returncode == 130
    assert json.loads(said)["error"]["reason"] == "interrupted"


def test_what_is_strange_is_said_at_every_look(ops):
    words = [sys.executable, "-c", "from worker.ops.cli import main; main()", "--config", str(ops.config), "status"]
    master, terminal = pty.openpty()
    with subprocess.Popen([*words, "--watch", "--every", "0.1"], stdout=terminal, stderr=terminal) as running:
        os.close(terminal)
        seen = b""
        while b"No worker is at work" not in seen or b"your file wants another kind" not in seen:
            seen += os.read(master, 65536)
        running.kill()
    os.close(master)
    assert b"workers: 0" in seen


def test_watching_on_a_terminal_shows_what_was_delivered_in_the_last_hour(ops):
    ops.ledger.tick("one")
    ops.ledger.accept(snapshot("e1"))
    ops.ledger.deliver("one")
    words = [sys.executable, "-c", "from worker.ops.cli import main; main()", "--config", str(ops.config), "status"]
    master, terminal = pty.openpty()
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "150"}
    with subprocess.Popen([*words, "--watch"], stdout=terminal, stderr=terminal, env=environ) as running:
        os.close(terminal)
        seen = b""
        while not re.search("▁{11}█|▁{10}█▁", seen.decode(errors="ignore")):
            seen += os.read(master, 65536)
        running.kill()
    os.close(master)
    assert "last hour" in seen.decode(errors="ignore")


@pytest.mark.parametrize(
    ("counts", "bars"), [([], ""), ([0, 0], "▁▁"), ([1, 0, 7], "▂▁█"), ([1, 1_000_000], "▂█"), ([3, 3], "██")]
)
def test_a_row_of_numbers_is_a_row_of_bars(counts, bars):
    assert sparkline(counts) == bars


def test_watching_is_no_single_document(ops):
    assert "--jsonl" in ops.error("status", "--watch", "--json", code=2)

"""replay and discard: counted first, on record, one result for each."""

from __future__ import annotations

import json

import pytest

from tests.fakes.ledger import REJECTED, action, snapshot
from worker.errors import StoreUnreachable
from worker.ledger.queries.dead_letters import DeadLetters
from worker.ledger.store.client import text
from worker.messages import deliver_queue
from worker.ops.desk import bulk

NOW = ("--yes", "--why", "mended")


def audit(ops):
    key = ops.ledger.store.keys.key("audit")
    return [
        {text(name): text(value) for name, value in entry.items()}
        for _, entry in ops.ledger.store.client.xrange(key)
    ]  # fmt: skip


def test_a_replayed_dead_letter_is_pending_again_and_its_runner_is_called(ops):
    [dead] = ops.bury(snapshot("e1"))
    ops.ledger.advance(60)
    assert ops.json("replay", dead, *NOW) == {
        "matched": 1, "done": 1, "failed": 0, "dry_run": False,
        "results": [{"id": dead, "result": "replayed", "message": ""}],
    }  # fmt: skip
    assert ops.ledger.states(provider="one") == {"e1": "pending"}
    assert ops.ledger.store.client.llen(deliver_queue("one")) == 1


def test_filters_mean_dead_letters_unless_a_state_is_said(ops):
    dead = ops.bury(snapshot("e1"), snapshot("f1", "1002"))
    ops.ledger.accept(snapshot("g1", "1003"))
    assert [one["id"] for one in ops.json("replay", "--provider", "one", *NOW)["results"]] == dead
    refused = ops.json("replay", "--provider", "one", "--state", "pending", *NOW, code=1)
    assert {one["result"] for one in refused["results"]} == {"refused"}
    assert (refused["matched"], refused["done"], refused["failed"]) == (3, 0, 3)


def test_a_limit_takes_the_newest_and_replays_them_oldest_first(ops):
    dead = ops.bury(*(snapshot(f"e{n}-1", str(n)) for n in range(4)))
    assert [one["id"] for one in ops.json("replay", "--provider", "one", "--limit", "3", *NOW)["results"]] == dead[1:]


def test_more_than_fifty_are_replayed_where_no_limit_is_said(ops):
    ops.bury(*(snapshot(f"e{n}-1", str(n)) for n in range(60)))
    assert ops.json("replay", "--reason", "rejected", *NOW)["done"] == 60


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("replay",), "give ids, or filters"),
        (("replay", "--limit", "3", *NOW), "give ids, or filters"),
        (("discard", *NOW), "give ids, or filters"),
        (("replay", "dx", "--provider", "one", *NOW), "not both"),
        (("replay", "--provider", "one", "--yes"), "--why TEXT"),
        (("discard", "dx", "--yes", "--why", " "), "--why TEXT"),
        (("replay", "dx", "--why", "mended"), "add --yes"),
        (("discard", "dx", "--why", "mended"), "add --yes"),
        (("replay", "dx", "--rate", "0", *NOW), "--rate"),
    ],
)
def test_what_is_not_clear_is_refused_before_anything_is_done(ops, words, says):
    ops.bury(snapshot("e1"))
    assert says in ops.error(*words, code=2)
    assert ops.ledger.states(provider="one") == {"e1": "dead"}
    assert audit(ops) == []


def test_a_rehearsal_needs_no_reason_and_touches_nothing(ops):
    [dead] = ops.bury(snapshot("e1"))
    assert ops.json("replay", "--state", "dead", "--dry-run") == {
        "matched": 1, "done": 0, "failed": 0, "dry_run": True,
        "results": [{"id": dead, "result": "would", "message": ""}],
    }  # fmt: skip
    assert ops.json("discard", dead, "--dry-run")["matched"] == 1
    assert ops.ledger.states(provider="one") == {"e1": "dead"}
    assert audit(ops) == []


def test_nothing_matched_is_exit_3(ops):
    assert ops.json("replay", "--state", "dead", *NOW, code=3)["matched"] == 0
    assert [job["state"] for job in ops.json("jobs")] == ["done"]
    assert ops.json("discard", "--state", "dead", "--dry-run", code=3)["matched"] == 0
    result = ops.run("replay", "nonsense", *NOW, "--json")
    assert json.loads(result.stdout)["results"][0]["result"] == "not_found"
    assert json.loads(result.stderr)["error"]["reason"] == "not_found"
    assert result.exit_code == 3
    assert audit(ops) == []


def test_some_that_fail_are_exit_4_and_each_says_why(ops):
    [dead] = ops.bury(snapshot("e1"))
    ops.ledger.accept(action("b1", "1002"))
    ops.ledger.deliver("one")
    [done] = (one.id for one in ops.ledger.deliveries(provider="one", state="delivered"))
    report = ops.json("replay", dead, done, "d0", dead, *NOW, code=4)
    assert {one["id"]: one["result"] for one in report["results"]} == {
        dead: "replayed", done: "refused", "d0": "not_found",
    }  # fmt: skip
    assert (report["matched"], report["done"], report["failed"]) == (2, 1, 2)
    assert "enqueue a new event" in next(one["message"] for one in report["results"] if one["id"] == done)


def test_a_delivered_snapshot_is_sent_again_only_by_force(ops):
    ops.ledger.accept(snapshot("e1"))
    ops.ledger.deliver("one")
    [done] = (one.id for one in ops.ledger.deliveries(provider="one"))
    assert ops.json("replay", done, *NOW, code=1)["failed"] == 1
    assert ops.json("replay", done, "--force", *NOW)["done"] == 1


def test_a_discard_frees_what_waited_behind(ops):
    [dead] = ops.bury(snapshot("e1"))
    ops.ledger.accept(action("a1"))
    assert ops.json("discard", dead, *NOW)["results"] == [{"id": dead, "result": "discarded", "message": ""}]
    assert ops.ledger.claim("one").event.id == "a1"
    assert ops.json("discard", dead, *NOW, code=1)["results"][0]["result"] == "refused"


def test_what_was_done_is_on_record_with_who_and_why(ops, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    [dead] = ops.bury(snapshot("e1"))
    ops.json("replay", dead, "--force", *NOW)
    ops.json("discard", "--provider", "one", "--state", "pending", *NOW)
    first, second = audit(ops)
    assert first.pop("at").isdecimal()
    assert first == {"verb": "replay", "what": f"1: forced {dead}", "why": "mended", "who": "ada", "rid": ""}
    assert (second["verb"], second["what"]) == ("discard", f"1: provider=one state=pending job=j1 {dead}")


def test_json_lines_are_one_result_a_line(ops):
    dead = ops.bury(snapshot("e1"), snapshot("f1", "1002"))
    lines = ops.run("replay", "--state", "dead", "--jsonl", *NOW).stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == dead


def test_people_read_each_result_and_the_sum(ops):
    [dead] = ops.bury(snapshot("e1"))
    result = ops.run("replay", "--state", "dead", *NOW)
    assert result.stdout.splitlines()[1].split("\t")[:2] == [dead, "replayed"]
    assert result.stderr == "1 matched, 1 done, 0 failed.\n"


def test_a_store_that_goes_away_midway_leaves_a_report_of_what_was_done(ops, monkeypatch):
    monkeypatch.setattr(bulk, "BATCH", 1)
    dead = ops.bury(snapshot("e1"), snapshot("f1", "1002"))
    replay_each = DeadLetters.replay_each

    def failing(self, delivery_ids, **more):
        if delivery_ids == [dead[1]]:
            raise StoreUnreachable
        return replay_each(self, delivery_ids, **more)

    monkeypatch.setattr(DeadLetters, "replay_each", failing)
    result = ops.run("replay", *dead, *NOW, "--json")
    assert result.exit_code == 69
    assert json.loads(result.stdout)["results"] == [{"id": dead[0], "result": "replayed", "message": ""}]
    assert json.loads(result.stderr)["error"]["reason"] == "store_unreachable"
    assert REJECTED.message not in result.stderr

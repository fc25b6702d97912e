"""jobs and job: what is done to all that matches, seen and steered by more than one person."""

from __future__ import annotations

import threading

from schemas.bulk_job import BulkJob, JobKind
from schemas.principal import Face, Principal, Role
from tests.fakes.job_tools import tools
from tests.fakes.ledger import snapshot
from tests.fakes.terminal import on_terminal
from worker.errors import StoreUnreachable
from worker.jobs.executor import JobExecutor
from worker.ledger.job_lists import JobLists
from worker.ledger.jobs import Jobs
from worker.ops.cli import carrying
from worker.ops.cli.jobs import followed
from worker.ops.desk.desk import Desk
from worker.ops.desk.jobs import JobDesk

BEN = Principal("ben", Role.OPERATOR, Face.WEB)
NOW = ("--yes", "--why", "mended")
DEAD = {"state": "dead"}


def bury(ops, many: int) -> None:
    ops.bury(*(snapshot(f"e{n}-1", str(n)) for n in range(many)))


def counted(ops, **more: object) -> str:
    """A job of somebody else's that was confirmed, and that nobody works at."""
    jobs = Jobs(ops.ledger.store)
    job, _ = jobs.open(JobKind.REPLAY, DEAD, DEAD, by=BEN, why="mended", **more)
    JobExecutor(tools(ops.ledger.store), threading.Event()).execute(job.id)
    jobs.confirm(job.id, jobs.job(job.id).matched or 0, by=BEN)
    return job.id


def test_a_replay_by_filters_is_a_job_that_is_listed_with_who_and_why(ops, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    bury(ops, 3)
    assert ops.json("replay", "--provider", "one", *NOW)["job"] == "j1"
    [job] = ops.json("jobs")
    assert {name: job[name] for name in ("id", "kind", "state", "who", "why", "matched", "results", "wanted")} == {
        "id": "j1",
        "kind": "replay",
        "state": "done",
        "who": "ada",
        "why": "mended",
        "matched": 3,
        "results": {"replayed": 3},
        "wanted": {"provider": "one", "state": "dead"},
    }
    assert ops.json("job", "j1") == job


def test_a_job_that_nobody_works_at_is_carried_out_by_who_follows_it(ops):
    bury(ops, 4)
    job_id = counted(ops)
    assert ops.json("job", job_id)["state"] == "running"
    done = ops.json("job", job_id, "--follow")
    assert (done["state"], done["results"], done["moved_by"]) == ("done", {"replayed": 4}, "ben via web")
    assert ops.ledger.row().dead == 0


def test_a_job_is_paused_resumed_and_cancelled_and_says_who_did_it(ops, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    bury(ops, 2)
    job_id = counted(ops)
    assert ops.json("job", job_id, "--pause")["state"] == "paused"
    assert ops.json("job", job_id, "--follow")["state"] == "paused"
    assert ops.json("job", job_id, "--resume")["state"] == "running"
    cancelled = ops.json("job", job_id, "--cancel")
    assert (cancelled["state"], cancelled["moved_by"]) == ("cancelled", "ada")
    assert f"Job {job_id} is cancelled: only one that is paused can become running." in ops.error(
        "job", job_id, "--resume", code=1
    )
    assert ops.ledger.row().dead == 2
    assert [(deed["who"], deed["verb"], deed["what"]) for deed in ops.json("log")][:-1] == [
        ("ada", verb, f"job={job_id}") for verb in ("cancel", "resume", "pause")
    ]


def test_who_asks_for_what_another_has_asked_for_gets_that_job(ops):
    bury(ops, 2)
    job_id = counted(ops)
    result = ops.run("replay", "--state", "dead", *NOW)
    assert "ben via web has asked for the same at " in result.stderr
    assert f"This is that job, {job_id}: it is running." in result.stderr
    assert "2 matched, 2 done, 0 failed." in result.stderr
    assert len(ops.json("jobs")) == 1


def test_two_who_replay_one_cause_in_other_words_get_one_job(ops):
    bury(ops, 2)
    whole = {"provider": "one", "fingerprint": "f1", "state": "dead"}
    asked, _ = Jobs(ops.ledger.store).open(JobKind.REPLAY, whole, whole, by=BEN, why="mended")
    result = ops.run("replay", "--provider", "one", "--fingerprint", "f", *NOW)
    assert "ben via web has asked for the same at " in result.stderr
    assert [job["id"] for job in ops.json("jobs")] == [asked.id]
    assert "2 matched, 2 done, 0 failed." in result.stderr


def test_a_count_that_nobody_confirmed_gives_way_to_a_new_one(ops):
    bury(ops, 2)
    jobs = Jobs(ops.ledger.store)
    old, _ = jobs.open(JobKind.REPLAY, DEAD, DEAD, by=BEN, why="later")
    JobExecutor(tools(ops.ledger.store), threading.Event()).execute(old.id)
    ops.bury(snapshot("f-1", "77"))
    assert ops.json("replay", "--state", "dead", *NOW)["matched"] == 3
    assert jobs.job(old.id).state == "cancelled"


def test_who_leaves_at_the_question_leaves_no_job_behind(ops):
    bury(ops, 2)
    code, _ = on_terminal(ops, "replay", "--state", "dead", "--why", "x", typed=b"\x04")
    assert code == 130
    assert [job["state"] for job in ops.json("jobs")] == ["cancelled"]
    assert ops.json("log") == []


def test_a_job_that_somebody_else_has_paused_is_said_to_who_asked_for_it(ops, monkeypatch):
    bury(ops, 2)
    confirm = JobDesk.confirm

    def paused(self, job_id, matched, *, by):
        confirm(self, job_id, matched, by=by)
        return self.pause(job_id, by=BEN)

    monkeypatch.setattr(JobDesk, "confirm", paused)
    result = ops.run("replay", "--state", "dead", *NOW)
    assert "ben via web has paused job j1 after 0 of 2." in result.stderr
    assert result.exit_code == 1
    assert ops.ledger.row().dead == 2


def test_a_store_that_goes_away_midway_leaves_a_job_that_goes_on(ops, monkeypatch):
    bury(ops, 2)

    def away(self, job_id, shard, most=0):
        raise StoreUnreachable

    with monkeypatch.context() as patched:
        patched.setattr(JobLists, "work", away)
        result = ops.run("replay", "--state", "dead", *NOW)
    assert result.exit_code == 69
    assert "Job j1 is not over, and nothing of it is lost" in result.stderr
    ops.ledger.store.client.delete(ops.ledger.store.keys.key("job_lease", job=1))  # its time is over
    assert ops.json("job", "j1", "--follow")["results"] == {"replayed": 2}


def test_a_job_that_is_not_there_is_exit_3_and_no_job_says_so(ops):
    assert "There is no job j9." in ops.error("job", "j9", code=3)
    assert ops.json("jobs") == []
    assert "No job is kept." in ops.run("jobs").stderr


def test_ctrl_c_while_a_job_is_counted_touches_nothing_though_yes_was_said(ops, monkeypatch):
    bury(ops, 3)

    def interrupted(desk: Desk, job: BulkJob, stopped: threading.Event) -> BulkJob:
        seen = followed(desk, job, stopped)
        stopped.set()
        return seen

    confirmed: list[str] = []
    confirm = JobDesk.confirm

    def noted(desk: JobDesk, job_id: str, matched: int, *, by: Principal) -> BulkJob:
        confirmed.append(job_id)
        return confirm(desk, job_id, matched, by=by)

    monkeypatch.setattr(JobDesk, "confirm", noted)
    monkeypatch.setattr(carrying, "followed", interrupted)
    told = ops.run("replay", "--provider", "one", *NOW)
    assert (confirmed, told.exit_code) == ([], 130)
    assert "Interrupted after 0 of 3." in told.stderr
    assert [(job["state"], job["results"]) for job in ops.json("jobs")] == [("cancelled", {})]
    assert ops.ledger.row().dead == 3

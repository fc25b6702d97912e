"""Years of orders are sent to a new account: what live orders feel of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from statistics import median

from benchmarks.accounts import ALL, MAX_IN_FLIGHT, Accounts, read_config, write_config
from benchmarks.bars import BACKFILL_P99, Bar
from benchmarks.contest import Contest
from benchmarks.pacing import Load, carried
from benchmarks.section import Section, head, row
from benchmarks.seeding import delivered, seeding
from benchmarks.spread import Spread
from benchmarks.stage import Stage, staged
from benchmarks.tally import ACCOUNTS
from schemas.bulk_job import JobKind, JobState
from schemas.principal import Face, Principal, Role
from worker.ledger.jobs import Jobs
from worker.ledger.store.client import Store
from worker.ops.cli.wording import CommandWording
from worker.ops.desk.backfill import PACE_PER_S
from worker.ops.desk.provider_table import ProviderTable

TITLE = "While a new account is backfilled"
NEW = "ads"
OLD = Accounts({name: MAX_IN_FLIGHT for name in ACCOUNTS if name != NEW})
PER_SECOND = 20
"""Live orders: four deliveries each."""
BY = Principal("bench", Role.OPERATOR, Face.CLI)


def hold(contest: Contest) -> Section:
    orders, load = contest.sizes.backfilled, Load(PER_SECOND, contest.sizes.window_s)
    with staged(contest.ours, contest.directory, OLD, is_noted=True) as stage:
        store = Store(stage.scene.store.url)
        _furnish(stage, store, orders)
        jobs = Jobs(store)
        job_id = _counted(jobs, stage, orders)
        pairs = []
        for number in range(contest.sizes.pairs):
            with _beside(jobs, job_id):
                beside = _window(contest, stage, load, 2 * number, "beside a backfill")
            pairs.append((_window(contest, stage, load, 2 * number + 1, "alone"), beside))
        done = jobs.job(job_id).done
        with _beside(jobs, job_id):
            stage.wait_until(lambda _: jobs.job(job_id).is_over)
        stage.wait_until(lambda seen: _at(seen.counts, NEW) >= orders + 2 * load.orders * len(pairs))
        store.close()
    lines = head(f"{PER_SECOND} live orders/s for {load.window_s:g} s", "p50, ms", "p99, ms")
    for number, says in enumerate(("alone", f"beside {PACE_PER_S:g} old orders/s to a new account")):
        found = [pair[number] for pair in pairs]
        lines.append(row(says, f"{median(s.p50_ms for s in found):.1f}", f"{median(s.p99_ms for s in found):.1f}"))
    bars = [Bar(BACKFILL_P99, median(beside.p99_ms / alone.p99_ms for alone, beside in pairs))]
    said = (
        f"From the producer's hand to the first attempt at all four. One of them is new and gets {orders:,} older"
        f" orders, at the pace that a backfill has by itself; it is paused in every other window. It sent {done:,} of"
        f" them in these {len(pairs)} windows."
    )
    return Section(TITLE, [said, "", *lines], bars, {"pairs": [[asdict(one) for one in pair] for pair in pairs]})


def _furnish(stage: Stage, store: Store, orders: int) -> None:
    """So many orders that the three old accounts have, and then a fourth account that has none."""
    stage.crew.hold_still()
    with seeding(stage.scene) as seed:
        seed.fill(orders, "old", delivered)
    stage.crew.let_loose()
    write_config(stage.scene.config, stage.port, stage.scene.scratch / "store", ALL)
    config = read_config(stage.scene.config)
    ProviderTable(store, config, CommandWording(), file=str(stage.scene.config)).apply(
        is_confirmed=True, why="a new account"
    )


def _counted(jobs: Jobs, stage: Stage, orders: int) -> str:
    """A backfill of all of them, which has begun and is paused."""
    wanted = {"provider": NEW}
    job, _ = jobs.open(JobKind.BACKFILL, wanted, wanted, by=BY, why="a new account", rate_per_second=PACE_PER_S)
    stage.wait_until(lambda _: jobs.job(job.id).state is JobState.COUNTED)
    matched = jobs.job(job.id).matched or 0
    if matched < orders:
        raise RuntimeError(f"Of {orders} orders {matched} are to be backfilled.")
    jobs.confirm(job.id, matched, by=BY)
    jobs.pause(job.id, by=BY)
    return job.id


@contextmanager
def _beside(jobs: Jobs, job_id: str) -> Iterator[None]:
    jobs.resume(job_id, by=BY)
    yield
    if not jobs.job(job_id).is_over:
        jobs.pause(job_id, by=BY)


def _window(contest: Contest, stage: Stage, load: Load, number: int, says: str) -> Spread:
    found = carried(stage, contest.ours, load, first=number * load.orders)
    contest.say(f"{says:48} p50 {found.p50_ms:6.1f} ms, p99 {found.p99_ms:6.1f} ms of {found.count:,}")
    return found


def _at(counts: tuple[int, ...], account: str) -> int:
    return counts[ACCOUNTS.index(account)]

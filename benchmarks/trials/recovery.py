"""After an outage: a heap of parked orders goes out, and a heap of dead letters is replayed and goes out."""

from __future__ import annotations

import time

from benchmarks.accounts import MAX_IN_FLIGHT, Accounts
from benchmarks.contest import Contest
from benchmarks.section import Section, head, row
from benchmarks.seeding import End, buried, parked, seeding
from benchmarks.stage import Stage, staged
from schemas.delivery import State
from worker.ledger.queries.dead_letters import DeadLetters
from worker.ledger.queries.deliveries import Deliveries, Filter

TITLE = "Recovery and replay"
ACCOUNT = "ads"
BATCH = 100
"""As many as people's replay sends at a time."""


def hold(contest: Contest) -> Section:
    orders = contest.sizes.parked
    with staged(contest.ours, contest.directory, Accounts({ACCOUNT: MAX_IN_FLIGHT})) as stage:
        _fill(stage, orders, "parked", parked)
        back_s = _until_delivered(stage, orders)
        contest.say(f"{orders:,} parked orders went out in {back_s:.1f} s")
        _fill(stage, orders, "dead", buried)
        listed_s, replayed_s = _replay(stage, orders)
        out_s = _until_delivered(stage, orders)
        contest.say(f"{orders:,} dead letters replayed in {replayed_s:.1f} s, out in {out_s:.1f} s")
    took_s = {
        "parked, until delivered": back_s,
        "dead letters, found": listed_s,
        "dead letters, replayed": replayed_s,
        "replayed, until delivered": out_s,
    }
    lines = head(f"{orders:,} orders at one account with {MAX_IN_FLIGHT} calls in flight", "seconds", "orders/s")
    lines += [row(says, f"{one_s:,.1f}", f"{orders / one_s:,.0f}") for says, one_s in took_s.items()]
    return Section(TITLE, lines, figures={"orders": orders, "took_s": took_s})


def _fill(stage: Stage, orders: int, name: str, end: End) -> None:
    """Orders that came to this end, while the workers stand still."""
    stage.crew.hold_still()
    with seeding(stage.scene) as seed:
        seed.fill(orders, name, end)


def _replay(stage: Stage, orders: int) -> tuple[float, float]:
    """How long it takes to find all dead letters, and to replay them. Raises ``RuntimeError`` where some are not."""
    with seeding(stage.scene) as seed:
        began_s = time.monotonic()
        ids = [delivery.id for delivery in Deliveries(seed.store).listed(Filter(state=State.DEAD))]
        found_s = time.monotonic()
        letters = DeadLetters(seed.store)
        done = [one for start in range(0, len(ids), BATCH) for one in letters.replay_each(ids[start : start + BATCH])]
        ended_s = time.monotonic()
    replayed = sum(one.result == "replayed" for one in done)
    if replayed != orders:
        raise RuntimeError(f"Of {orders} dead letters {replayed} were replayed.")
    return found_s - began_s, ended_s - found_s


def _until_delivered(stage: Stage, orders: int) -> float:
    """From when the workers are let loose until the stub has read the last; each of them once."""
    before, started_at_s = stage.tally.read(), time.monotonic()
    stage.crew.let_loose()
    ended_at_s = stage.wait_for(before.total + orders)
    stage.check_counts(before, orders)
    return ended_at_s - started_at_s

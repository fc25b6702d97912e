"""The page that is opened at three in the morning: is anything wrong, must I act, and where."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any

from flask import Blueprint, render_template

from schemas.gate import CLOSED
from schemas.principal import Role
from worker.ledger.delays import delay_ms_of
from worker.ledger.queries.activity import Minute
from worker.ops.desk.query import DeliveryQuery, read_moment
from worker.ops.desk.sentences import (
    at_work,
    headline,
    intake_words,
    provider_sentence,
    reconciled,
    unworked,
    workers_words,
)
from worker.ops.web.api.shapes import answer
from worker.ops.web.console.dead_letters import UNENDED
from worker.ops.web.current import desk, web
from worker.ops.web.identity import needs

blp = Blueprint("overview", __name__)

CAUSES, DEEDS, STEP = 10, 10, 15


@blp.get("/")
@needs(Role.VIEWER)
def overview() -> str:
    return render_template("overview.html", **_now(), **_lists())


@blp.get("/overview/now")
@needs(Role.VIEWER)
def now() -> str:
    """The part that changes every few seconds, which the page asks for again and again."""
    return render_template("parts/now.html", **_now())


@blp.get("/overview/activity.json")
@needs(Role.VIEWER)
def activity() -> Any:
    """The last day for the graph: by quarter of an hour what was accepted, delivered, dead, and how long it took."""
    return answer(_quarters(web().board.activity()))


def _now() -> dict[str, Any]:
    the_desk, board = desk(), web().board.status()
    left = unworked(board)
    troubles = [*left.values()]
    troubles += [provider_sentence(row) for row in board.providers if row.gate.state in CLOSED]
    refused = list(islice(the_desk.refusals(DeliveryQuery(since=read_moment("1h"), limit=100)), 100))
    dead = sum(row.dead for row in board.providers)
    differs = list(reconciled(board, the_desk.wording))
    is_well = not troubles and not board.store.refusal and bool(at_work(board)) and board.intake.letterbox
    return {
        "board": board,
        "headline": headline(board, the_desk.wording, left),
        "troubles": troubles,
        "level": "well" if is_well and not (dead or differs) else "look" if is_well else "act",
        "differs": differs,
        "dead": dead,
        "refused": refused,
        "strangeness": the_desk.strangeness(),
        "workers_words": workers_words(board),
        "intake_words": intake_words(board.intake),
    }


def _lists() -> dict[str, Any]:
    page = desk().causes.found.page(None, UNENDED, limit=CAUSES)
    return {
        "causes": page.items,
        "has_more_causes": page.next is not None,
        "deeds": list(islice(desk().deeds(read_moment("1d")), DEEDS)),
        "quarters": _quarters(web().board.activity()),
    }


def _quarters(minutes: list[Minute]) -> dict[str, list[Any]]:
    """Sums of each quarter of an hour that is there, and within how many ms 95 in 100 of those that were delivered came
    to all providers; ``None`` where none was."""
    table: dict[str, list[Any]] = {"at": [], "accepted": [], "delivered": [], "dead": [], "delay_p95_ms": []}
    for start in range(0, len(minutes), STEP):
        some = minutes[start : start + STEP]
        table["at"].append(some[0].at)
        table["accepted"].append(sum(one.accepted for one in some))
        table["delivered"].append(sum(each.delivered for one in some for each in one.providers))
        table["dead"].append(sum(each.dead for one in some for each in one.providers))
        delays = sum((Counter(each.delays) for one in some for each in one.providers), Counter[int]())
        table["delay_p95_ms"].append(delay_ms_of(delays, 0.95))
    return table

"""``python tests/data/store/make.py``: writes ``appendonlydir`` beside this file anew, by what the ledger does now.

It is the store of a ledger in which everything has happened once: a later version has to read it, or to say in the
changelog how to drain a ledger before the upgrade. It is made anew only where that is said. It is text, and holds no
Lua: each version brings its own.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason, Verdict, VerdictKind
from tests.fakes.ledger import (
    ACCEPTED,
    BURY,
    BURY_UNKNOWN,
    DELIVER,
    REJECTED,
    SOURCE,
    UNAVAILABLE,
    UNKNOWN,
    Ledger,
    action,
    park,
    snapshot,
)  # fmt: skip
from tests.fakes.servers import Server
from tests.fakes.waiting import wait_until
from worker.ledger.audit import Audit

HERE = Path(__file__).parent
FILES = "appendonlydir"
NEVER = Outcome(kind=OutcomeKind.UNSUPPORTED, reason=Reason.UNSUPPORTED, message="It has no notes.")
SKIP = Verdict(kind=VerdictKind.SETTLE, reason=Reason.UNSUPPORTED, state="skipped")
LINKED = Outcome(
    kind=OutcomeKind.ACCEPTED,
    reason=Reason.SAVED,
    http_status=200,
    calls=1,
    link=Link(order_id="77", contact_id="5", line_ids={"1": "701"}, notes={"sent": "abc"}),
)


def fill(ledger: Ledger) -> None:
    """One order for each thing that can become of one, at the provider ``one``; ``two`` is paused, and has it all to come."""
    ledger.pause("two", who="ann", why="release night", at_ms=ledger.store.now_ms())

    ledger.accept(snapshot("delivered-1", "delivered", 1))
    ledger.finish(ledger.claim(), LINKED, DELIVER)
    ledger.accept(snapshot("delivered-2", "delivered", 2, grand="12"))
    ledger.finish(ledger.claim(), LINKED, DELIVER)

    ledger.accept(snapshot("superseded-1", "superseded"), snapshot("superseded-2", "superseded"))
    ledger.finish(ledger.claim(), ACCEPTED, DELIVER)

    ledger.accept(action("skipped-1", "skipped"))
    ledger.finish(ledger.claim(), NEVER, SKIP)

    ledger.accept(snapshot("dead-1", "dead"), action("dead-2", "dead"))
    ledger.finish(ledger.claim(), REJECTED, BURY)

    ledger.accept(snapshot("discarded-1", "discarded"))
    ledger.finish(ledger.claim(), REJECTED, BURY)
    [letter] = [one for one in ledger.deliveries(state="dead") if one.order == "discarded"]
    Audit(ledger.store).note("discard", letter.id, why="the shop has it", who="ann")
    ledger.dead.discard(letter.id)

    ledger.accept(snapshot("doubt-1", "doubt"))
    ledger.finish(ledger.claim(), UNKNOWN, BURY_UNKNOWN, fingerprint="f2")

    ledger.accept(snapshot("parked-1", "parked"))
    ledger.finish(ledger.claim(), UNAVAILABLE, park(600))

    ledger.accept(snapshot("attempting-1", "attempting"))
    ledger.claim()

    ledger.accept(snapshot("pending-1", "pending"))
    fault = {"path": "time", "message": "is missing"}
    ledger.intake.refuse(
        b'{"id":"refused-1"}', Reason.INVALID, [fault], source=SOURCE, event_id="refused-1", order="refused"
    )


def make(directory: Path) -> None:
    with Server(directory / "store", **{"aof-use-rdb-preamble": "no"}) as server, server.client() as client:
        ledger = Ledger(server.url, "one", "two")
        fill(ledger)
        ledger.store.close()
        client.execute_command("FUNCTION", "FLUSH", "SYNC")
        client.bgrewriteaof()
        wait_until(lambda: not client.info("persistence")["aof_rewrite_in_progress"])
        shutil.rmtree(HERE / FILES, ignore_errors=True)
        shutil.copytree(directory / "store" / FILES, HERE / FILES)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        make(Path(directory))

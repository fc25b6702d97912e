"""order --timeline: one order as a line of time over all providers, and as a matrix."""

from __future__ import annotations

import json

import msgspec

from schemas.config import LimitsConfig
from schemas.event import event_document
from schemas.fault import Remark
from tests.fakes.ledger import ACCEPTED, BURY, BURY_UNKNOWN, DELIVER, REJECTED, UNAVAILABLE, action, park, snapshot
from tests.fakes.ops import Ops
from worker.intake.admission import Admission
from worker.ops.desk.timeline import Happening


def told(ops: Ops) -> list[tuple[str, str | None, str]]:
    return [
        (one["kind"], one["provider"], one["sentence"]) for one in ops.json("order", "1001", "--timeline")["timeline"]
    ]


def of(ops: Ops, provider: str) -> list[str]:
    return [sentence for _, name, sentence in told(ops) if name == provider]


def test_a_delivery_is_told_from_its_acceptance_to_its_end(ops: Ops) -> None:
    ledger = ops.ledger
    ledger.accept(snapshot("e1", revision=4))
    ledger.finish(ledger.claim("one"), UNAVAILABLE, park(5), "one")
    ledger.advance(6)
    ledger.tick("one")
    ledger.finish(ledger.claim("one"), ACCEPTED, DELIVER, "one")
    entries = ops.json("order", "1001", "--timeline")["timeline"]
    assert [one["at"] for one in entries] == sorted(one["at"] for one in entries)
    assert told(ops)[0] == ("accepted", None, "order.created e1, revision 4 was accepted.")
    assert of(ops, "one") == [
        "Attempt 1 at e1: unavailable, server_error, HTTP 500, in 7 ms.",
        "Attempt 2 at e1: accepted, saved, HTTP 200, in 7 ms.",
        "e1 is delivered: saved.",
    ]
    assert of(ops, "two") == ["e1 waits for its turn."]


def test_what_waits_says_until_when_why_and_behind_what(ops: Ops) -> None:
    ledger = ops.ledger
    ledger.accept(snapshot("e1"), action("a1"))
    ledger.finish(ledger.claim("one"), REJECTED, BURY, "one")
    ledger.finish(ledger.claim("two"), UNAVAILABLE, park(300), "two")
    assert "e1 is dead: rejected." in of(ops, "one")
    assert "a1 waits behind order.created e1, which is dead: replay or discard that one." in of(ops, "one")
    [parked] = ledger.deliveries(provider="two", state="parked")
    assert f"e1 waits (server_error): next try {parked.next_attempt_at}." in of(ops, "two")
    assert "a1 waits behind order.created e1." in of(ops, "two")
    ops.ledger.pause("two", who="mia", why="x", at_ms=ledger.store.now_ms())
    [waits] = [one for one in of(ops, "two") if one.startswith("e1 waits (server_error): two is paused by mia since ")]
    assert waits.endswith(": x. 2 deliveries wait, the oldest 0s.")


def test_an_order_tells_of_the_deeds_to_many_that_touched_it_and_of_no_others(ops: Ops) -> None:
    ops.bury(snapshot("e1"))
    ops.bury(*(snapshot(f"{n}.1", number=str(n)) for n in range(2, 25)))
    ops.run("replay", "--provider", "one", "--order", "2", "--yes", "--why", "of another order")
    ops.run("replay", "--provider", "one", "--yes", "--why", "all that were dead")
    ops.ledger.deliver("one")
    ops.bury(snapshot("25.1", number="25"))
    ops.run("discard", "--provider", "one", "--yes", "--why", "what died later")
    assert whys(ops, "1001") == {"all that were dead"}
    assert whys(ops, "25") == {"what died later"}


def whys(ops: Ops, number: str) -> set[str]:
    entries = ops.json("order", number, "--timeline")["timeline"]
    return {one["sentence"].rpartition("Why: ")[2] for one in entries if one["kind"] == "deed"}


def test_an_end_in_doubt_and_a_superseded_event_say_so(ops: Ops) -> None:
    ledger = ops.ledger
    ledger.accept(snapshot("e1"))
    ledger.accept(snapshot("e2"))
    ledger.finish(ledger.claim("one"), UNAVAILABLE, BURY_UNKNOWN, "one")
    assert "e1 is superseded by order.updated e2." in of(ops, "one")
    assert "e2 is dead: unknown, and it is open whether it was done." in of(ops, "one")


def test_repairs_refusals_deeds_and_edits_stand_in_it(ops: Ops, tmp_path) -> None:
    ledger = ops.ledger
    remark = Remark("data.order.customer.email", "must be an e-mail address: it is left out")
    [dead] = ops.bury(msgspec.structs.replace(snapshot("e1"), remarks=(remark,)))
    refused = {**event_document(snapshot("e3")), "revision": "three"}
    Admission(ledger.intake, LimitsConfig(), lambda _: None).admit([json.dumps(refused).encode()])
    file = tmp_path / "edited.json"
    file.write_text(json.dumps(event_document(snapshot("e1", grand="10"))))
    ops.json("rehearse", dead)
    ops.run("replay", dead, "--edit", str(file), "--yes", "--why", "mended")
    ops.run("discard", dead, "--yes", "--why", "not wanted")
    entries = told(ops)
    kinds = [kind for kind, _, _ in entries]
    assert kinds[0] == Happening.ACCEPTED
    assert f"Repaired: {remark.path} {remark.message}." in entries[0][2]
    assert [kind for kind in kinds if kind in ("refused", "deed", "edit")].count("refused") == 1
    [sentence] = [one for kind, _, one in entries if kind == "refused"]
    assert "was refused (invalid): revision: " in sentence
    assert any(kind == "deed" and f"read rehearsal {dead}." in one for kind, _, one in entries)
    assert any("Why: not wanted" in one for _, _, one in entries)
    assert any(kind == "edit" and "Why: mended" in one for kind, _, one in entries)


def test_the_matrix_has_each_event_by_provider(ops: Ops) -> None:
    ledger = ops.ledger
    ledger.accept(snapshot("e1"), action("a1"))
    ledger.deliver("one")
    rows = ops.json("order", "1001", "--timeline")["matrix"]
    assert [(row["event"], row["cells"]["one"]["state"], row["cells"]["two"]["state"]) for row in rows] == [
        ("e1", "delivered", "pending"),
        ("a1", "pending", "pending"),
    ]


def test_people_read_the_matrix_and_then_the_line_of_time(ops: Ops) -> None:
    ops.ledger.accept(snapshot("e1"))
    ops.ledger.deliver("one")
    shown = ops.run("order", "1001", "--timeline").output
    assert "event\ttype\tone\ttwo" in shown
    assert "e1\torder.created\tdelivered (saved)\tpending" in shown
    assert "\tattempt\tone\tAttempt 1 at e1: accepted, saved, HTTP 200, in 7 ms." in shown


def test_only_what_failed_of_one_order_is_replayed(ops: Ops) -> None:
    ledger = ops.ledger
    ops.bury(snapshot("e1"))
    ledger.deliver("two")
    report = ops.json("replay", "--order", "1001", "--yes", "--why", "mended")
    assert (report["matched"], report["done"]) == (1, 1)
    assert ledger.states(provider="two") == {"e1": "delivered"}

"""order: one order at all providers."""

from __future__ import annotations

import getpass
import json
import re

import msgspec

from schemas.fault import Remark
from schemas.outcome import Reason
from tests.fakes.ledger import ACCEPTED, BURY, DELIVER, REJECTED, UNAVAILABLE, action, order_of, park, snapshot
from tests.fakes.terminal import on_terminal
from worker.ledger.provider_table import apply_table


def test_an_order_shows_its_events_its_deliveries_and_every_attempt_oldest_first(ops):
    ledger = ops.ledger
    ledger.accept(snapshot("e1", revision=4), action("a1"))
    ledger.finish(ledger.claim("one"), UNAVAILABLE, park(0))
    ledger.tick("one")
    ledger.finish(ledger.claim("one"), REJECTED, BURY)
    ledger.deliver("two")
    story = ops.json("order", "1001")
    assert list(story) == ["source", "order", "revision", "status", "events", "deliveries"]
    assert (story["source"], story["order"], story["revision"]) == ("shop/one", "1001", 4)
    assert [list(event) for event in story["events"]] == [["id", "type", "time", "revision", "remarks"]] * 2
    dead, waiting, delivered, _ = story["deliveries"]
    assert [past["outcome"] for past in dead["history"]] == ["unavailable", "rejected"]
    assert [past["number"] for past in dead["history"]] == [1, 2]
    assert waiting["waiting_behind"] == dead["id"]
    assert [past["outcome"] for past in delivered["history"]] == ["accepted"]
    assert delivered["link"] == {"order_id": "77"}


def test_what_was_repaired_of_an_event_is_told_with_its_place(ops):
    remark = Remark("data.order.customer.email", "must be an e-mail address: it is left out")
    ops.ledger.accept(msgspec.structs.replace(snapshot("e1"), remarks=(remark,)), snapshot("e2"))
    events = ops.json("order", "1001")["events"]
    assert [event["remarks"] for event in events] == [[{"path": remark.path, "message": remark.message}], []]
    shown = " ".join(ops.run("order", "1001").output.split())
    assert "repaired in event" in shown
    assert "customer.email" in shown


def test_several_attempts_of_a_delivered_one_are_told_once_each(ops):
    ledger = ops.ledger
    ledger.accept(snapshot("e1"))
    ledger.finish(ledger.claim("one"), UNAVAILABLE, park(0))
    ledger.tick("one")
    ledger.finish(ledger.claim("one"), ACCEPTED, DELIVER)
    [one, _] = ops.json("order", "1001")["deliveries"]
    assert [(past["number"], past["outcome"]) for past in one["history"]] == [(1, "unavailable"), (2, "accepted")]


def test_only_the_last_thirty_attempts_are_kept(ops):
    ledger = ops.ledger
    ledger.accept(snapshot("e1"))
    for _ in range(32):
        ledger.tick("one")
        ledger.advance(400)
        ledger.finish(ledger.claim("one"), UNAVAILABLE, park(0))
    [one, _] = ops.json("order", "1001")["deliveries"]
    assert [past["number"] for past in one["history"]] == list(range(3, 33))


def test_the_status_is_that_of_the_newest_snapshot(ops):
    paid = msgspec.structs.replace(order_of(), status="paid")
    shipped = msgspec.structs.replace(order_of(), status="shipped")
    ops.ledger.accept(snapshot("e2", revision=7, order=shipped), snapshot("e3", revision=5, order=paid), action("a1"))
    assert ops.json("order", "1001")["status"] == "shipped"


def test_an_order_that_nobody_knows_is_exit_3(ops):
    assert ops.error("order", "9", code=3) == "Error: There is no order 9, and nothing of that number was refused.\n"
    failed = ops.run("order", "9", "--json")
    assert (failed.exit_code, failed.stdout) == (3, "")
    assert json.loads(failed.stderr) == {
        "error": {"reason": "not_found", "message": "There is no order 9, and nothing of that number was refused."}
    }


def test_a_number_that_several_sources_have_asks_which(ops):
    ops.ledger.accept(snapshot("e1"), snapshot("f1", source="shop/two"))
    assert "shop/one, shop/two" in ops.error("order", "1001", code=2)
    assert ops.json("order", "1001", "--source", "shop/two")["source"] == "shop/two"
    ops.error("order", "1001", "--source", "shop/three", code=3)


def test_people_read_what_waits_behind_what_and_when_the_next_try_is(ops):
    ops.ledger.accept(snapshot("e1"), action("a1"))
    ops.ledger.finish(ops.ledger.claim("one"), UNAVAILABLE, park(60))
    shown = ops.run("order", "1001").stdout
    assert shown.startswith("Order 1001 of shop/one\n")
    assert "next try 20" in shown
    assert "behind order.created e1" in shown


def test_the_original_of_an_edited_event_stays_in_the_order(ops, tmp_path):
    [dead] = ops.bury(snapshot("e1"))
    document = ops.json("order", "1001")["events"][0]
    assert "original" not in document
    ops.ledger.dead.replay(dead, edited=snapshot("e1", grand="12"))
    [event] = ops.json("order", "1001")["events"]
    assert event["original"]["data"]["order"]["totals"]["grand"] == "10"
    assert event["original"]["specversion"] == "1.0"


def test_what_waits_behind_a_dead_letter_says_since_when(ops):
    ops.ledger.accept(snapshot("e1"), action("a1"))
    ops.ledger.finish(ops.ledger.claim("one"), REJECTED, BURY)
    died_at = next(one["updated_at"] for one in ops.json("order", "1001")["deliveries"] if one["state"] == "dead")
    assert f"behind order.created e1, dead since {died_at}" in ops.run("order", "1001").stdout


def test_on_a_terminal_each_provider_has_a_block_with_its_attempts_and_their_messages(ops):
    ops.ledger.accept(snapshot("e1", revision=4), action("a1"))
    ops.ledger.finish(ops.ledger.claim("one"), REJECTED, BURY)
    ops.ledger.deliver("two")
    ops.run("link", "two", "1001", "--order-id", "78", "--why", "asked the vendor")
    code, shown = on_terminal(ops, "order", "1001", COLUMNS="80", NO_COLOR="1")
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in shown.split("\n")]
    assert code == 0
    assert max(map(len, lines)) <= 80
    at = lines.index("one")
    dead = ops.json("dead")[0]["id"]
    assert lines[at + 1] == f"  order.created e1  dead: rejected  ({dead[:8]})"
    assert lines[at + 3].split()[2:] == ["7", "rejected", "no_product"]
    assert lines[at + 4].strip() == "No product 'A-1'."
    assert lines[at + 5].startswith("  order.cancelled a1  pending, behind order.created e1, dead since ")
    assert "two  order there 78" in lines
    assert lines[-3].split()[1:] == [getpass.getuser(), "link", "two", "shop/one", "1001:", "order_id=78,", "was", "77"]
    assert lines[-2].strip() == "asked the vendor"


def test_an_event_that_went_to_nobody_is_told(ops):
    ops.ledger.accept(snapshot("e1"))
    apply_table(ops.ledger.store, {}, "nobody")
    ops.ledger.accept(snapshot("e2"))
    shown = ops.run("order", "1001").stdout
    assert "No provider wanted event e2: it is kept, and was delivered to nobody." in shown
    assert "wanted event e1" not in shown


def test_what_was_refused_of_an_order_is_told_with_it_and_alone(ops):
    fault = {"path": "data.order.currency", "message": "is required"}
    for number, source in (("1001", "shop/one"), ("9999", "shop/one"), ("1001", "shop/two")):
        ops.ledger.intake.refuse(b"{}", Reason.INVALID, [fault], source=source, event_id="x1", order=number)
    ops.ledger.accept(snapshot("e1"))
    [refusal] = ops.json("order", "1001")["refusals"]
    assert (refusal["event_id"], refusal["source"], refusal["errors"]) == ("x1", "shop/one", [fault])
    told = ops.run("order", "1001").stdout
    assert "data.order.currency: is required" in told[told.index("\nRefused under this number:\n") :]
    drawn = on_terminal(ops, "order", "1001", NO_COLOR="1")[1]
    assert "data.order.currency: is required" in drawn[drawn.index("Refused under this number:") :]
    alone = ops.run("order", "9999")
    assert alone.exit_code == 0
    assert alone.stdout.startswith("Nothing of order 9999 was accepted; this was refused:\n")
    assert ops.json("order", "9999")["events"] == []
    ops.ledger.accept(snapshot("f1", "1002"))
    assert "Refused" not in ops.run("order", "1002").stdout

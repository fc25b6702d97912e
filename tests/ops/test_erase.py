"""erase, search and export on the command line."""

from __future__ import annotations

import csv
import io
import json

from msgspec.structs import replace

from schemas.order import Customer
from schemas.outcome import Reason
from tests.fakes.ledger import SOURCE, order_of, snapshot
from tests.fakes.ops import CommandLine
from tests.fakes.terminal import on_terminal
from worker.messages import INTAKE_QUEUE
from worker.ops.desk.csv_rows import csv_lines

EMAIL = "zoe.quux@example.com"
SURE = ("--yes", "--why", "she asked for it")


def named(event_id="e1", number="1001", email=EMAIL, **more):
    order = replace(order_of(number), customer=Customer(email=email, last_name="Quuxdotter"), **more)
    return snapshot(event_id, number, order=order)


def kept(ops) -> str:
    """All that is kept in plain text of what people did and asked for."""
    client = ops.ledger.store.client
    texts = [client.hgetall(key) for key in client.keys("*:jb:*")] + [
        client.xrange(key) for key in client.keys("*audit")
    ]
    return str(texts)


def test_erase_reports_orders_events_deliveries_and_bytes_and_the_job(ops):
    ops.ledger.accept(named("e1"), named("e2"), named("e3", "1002"), snapshot("o1", "2001"))
    would = ops.json("erase", "--customer", EMAIL.upper(), "--dry-run")
    assert (would["orders"], would["events"], would["deliveries"], would["dry_run"]) == (2, 3, 6, True)
    assert ops.json("jobs") == []
    report = ops.json("erase", "--customer", EMAIL.upper(), *SURE)
    assert {name: report[name] for name in ("orders", "events", "deliveries", "refusals", "job", "failed")} == {
        "orders": 2,
        "events": 3,
        "deliveries": 6,
        "refusals": 0,
        "job": "j1",
        "failed": [],
    }
    assert report["bytes"] > 100
    assert report["files"] == ["The append-only file was rewritten."]
    told = ops.run("job", "j1").output
    assert "refused" not in told, "what is why not for a replay is what an erasure is for"


def test_nothing_of_an_erasure_on_record_has_the_email(ops):
    ops.ledger.accept(named())
    ops.json("erase", "--customer", EMAIL, *SURE)
    assert "quux" not in kept(ops).lower()
    [deed] = ops.json("log")
    assert (deed["verb"], deed["why"], "customer=" in deed["what"]) == ("erase", "she asked for it", True)
    said = ops.error("erase", "--customer", EMAIL, "--yes", "--why", f"of {EMAIL.title()}", code=2)
    assert "leave the e-mail out of it" in said


def test_an_erased_order_says_so_and_is_not_found_by_the_email_again(ops):
    ops.ledger.accept(named())
    assert [one["order"] for one in ops.json("search", EMAIL)] == ["1001"]
    ops.json("erase", "--customer", EMAIL, *SURE)
    assert ops.json("search", EMAIL) == []
    [event] = ops.json("order", "1001")["events"]
    assert event["erased_at"].endswith("Z")
    assert f"was erased on {event['erased_at']}: nothing" in ops.run("order", "1001").stdout
    assert "Quux" not in ops.run("event", "e1").stdout
    one = ops.json("deliveries")[0]["id"]
    replayed = ops.json("replay", one, "--force", *SURE, code=1)
    assert "Its customer has been erased" in replayed["results"][0]["message"]


def test_an_erased_refusal_is_told_and_not_shown_nor_accepted(ops):
    ops.ledger.intake.refuse(f'{{"email": "{EMAIL}"}}'.encode(), Reason.INVALID, [], source=SOURCE, order="9")
    assert ops.json("erase", "--customer", EMAIL, *SURE)["refusals"] == 1
    assert [one["order"] for one in ops.json("refusals")] == ["9"]
    assert "has been erased with its customer" in ops.error("event", "r1", code=3)
    [done] = ops.json("replay", "r1", *SURE, code=1)["results"]
    assert (done["result"], "erased with its customer" in done["message"]) == ("refused", True)


def test_erase_asks_with_the_count_and_does_nothing_where_the_answer_is_no(ops):
    ops.ledger.accept(named("e1"), named("e2"))
    code, said = on_terminal(ops, "erase", "--customer", EMAIL, "--why", "w", typed=b"n\n")
    assert "Erase the customer from 1 order with 2 events, for ever?" in said
    assert (code, [one["state"] for one in ops.json("jobs")]) == (1, ["cancelled"])
    assert len(ops.json("search", EMAIL)) == 1
    assert "Not a terminal: add --yes" in ops.error("erase", "--customer", EMAIL, "--why", "w", code=2)
    assert "Say why" in ops.error("erase", "--customer", EMAIL, "--yes", code=2)
    assert "no e-mail address" in ops.error("erase", "--customer", "zoe", *SURE, code=2)


def test_a_customer_whom_nothing_names_is_not_found(ops):
    ops.ledger.accept(snapshot())
    assert "Nothing names that customer." in ops.error("erase", "--customer", EMAIL, *SURE, code=3)
    assert "Nothing names that customer." in ops.error("erase", "--customer", EMAIL, "--dry-run", code=3)


def test_where_the_server_may_not_be_asked_for_a_new_file_the_report_says_what_to_type(ops, clean_store):
    client = ops.ledger.store.client
    ops.ledger.accept(named())
    client.execute_command("ACL", "SETUSER", "default", "-bgrewriteaof")
    try:
        report = ops.json("erase", "--customer", EMAIL, *SURE, code=4)
    finally:
        client.execute_command("ACL", "SETUSER", "default", "+@all")
    assert report["orders"] == 1
    assert report["failed"] == report["files"]
    assert "type BGREWRITEAOF" in report["files"][0]


def test_the_report_says_how_many_messages_wait_unread_and_that_they_are_accepted_after_it(ops):
    client = ops.ledger.store.client
    ops.ledger.accept(named())
    assert ops.json("erase", "--customer", EMAIL, "--dry-run")["unread"] == 0
    for queue in (INTAKE_QUEUE, f"{INTAKE_QUEUE}.in-hand", "shop-one:ordercast.intake"):
        client.lpush(queue, EMAIL)
    done = ops.run("erase", "--customer", EMAIL, *SURE, "--json")
    assert (json.loads(done.stdout)["unread"], json.loads(done.stdout)["away"]) == (3, None)
    assert "3 messages wait unread at the broker." in done.stderr
    assert "then erase again" in done.stderr
    assert client.lrange(INTAKE_QUEUE, 0, -1) == [EMAIL.encode()]


def test_where_nobody_is_found_the_messages_that_wait_are_told_all_the_same(ops):
    ops.ledger.store.client.lpush(INTAKE_QUEUE, EMAIL)
    said = ops.error("erase", "--customer", EMAIL, *SURE, code=3)
    assert "1 message waits unread at the broker." in said


def test_where_the_broker_does_not_answer_the_report_says_that_nobody_knows_what_waits(ops, clean_store, tmp_path):
    ops.ledger.accept(named())
    more = 'broker_url = "redis://127.0.0.1:1/0"'
    apart = CommandLine(tmp_path, clean_store, "one", "two", more=more)
    done = apart.run("erase", "--customer", EMAIL, *SURE, "--json")
    told = json.loads(done.stdout)
    assert (told["orders"], told["unread"], "127.0.0.1:1" in told["away"]) == (1, None, True)
    assert "How many messages wait at the broker is not known: " in done.stderr


def test_search_says_what_to_type_next(ops):
    ops.ledger.accept(named())
    ops.ledger.intake.refuse(b"{}", Reason.INVALID, [])
    [found] = ops.json("search", EMAIL)
    assert found == {"source": SOURCE, "order": "1001", "by": "email", "id": None, "command": found["command"]}
    assert ops.json(*found["command"].split()[1:])["order"] == "1001"
    [refused] = ops.json("search", "r2")
    assert (refused["order"], refused["command"]) == (None, "ordercast event r2")
    assert "Nothing is found." in ops.run("search", "nobody@example.com").stderr


def exported(ops, *words: str) -> str:
    result = ops.run("export", *words)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_deliveries_orders_and_refusals_are_exported_as_json_lines_without_bodies(ops):
    ops.ledger.accept(named("e1"), named("e2"), named("e3", "1002"))
    ops.ledger.intake.refuse(f'{{"email": "{EMAIL}"}}'.encode(), Reason.INVALID, [], source=SOURCE, order="9")
    deliveries = [json.loads(line) for line in exported(ops, "deliveries", "--provider", "one").splitlines()]
    assert deliveries == ops.json("deliveries", "--provider", "one")
    orders = [json.loads(line) for line in exported(ops, "orders").splitlines()]
    assert [(one["order"], one["event_id"], one["events"], one["grand"]) for one in orders] == [
        ("1002", "e3", 1, "10"),
        ("1001", "e2", 2, "10"),
    ]
    refusals = [json.loads(line) for line in exported(ops, "refusals").splitlines()]
    assert refusals == ops.json("refusals")
    for what in ("deliveries", "orders", "refusals"):
        assert EMAIL not in exported(ops, what) + exported(ops, what, "--format", "csv")
    assert ops.json("log") == []


def test_bodies_are_exported_for_a_reason_that_goes_on_record(ops, tmp_path):
    ops.ledger.accept(named("e1"))
    file = tmp_path / "orders.jsonl"
    assert "Say why" in ops.error("export", "orders", "--with-bodies", code=2)
    done = ops.run("export", "orders", "--with-bodies", "--why", "move", "-o", str(file))
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", f"{file} has 1 orders.\n")
    assert json.loads(file.read_text())["body"]["data"]["order"]["customer"]["email"] == EMAIL
    assert file.stat().st_mode & 0o777 == 0o600
    [deed] = ops.json("log")
    assert (deed["verb"], deed["what"], deed["why"]) == ("read", "export orders with bodies", "move")


def test_an_export_that_fails_leaves_no_file(ops, tmp_path):
    assert "no-such-directory" in ops.error("export", "orders", "-o", str(tmp_path / "no-such-directory" / "x"), code=1)
    assert "There is no --state for orders." in ops.error("export", "orders", "--state", "dead", code=2)


def test_csv_is_read_back_as_it_was_and_no_cell_begins_a_formula(ops):
    evil = '=HYPERLINK("http://x","y")'
    ops.ledger.accept(named("e1", evil), named("e2", 'a "b", c\r\nd'))
    written = ops.run("export", "orders", "--format", "csv").stdout_bytes.decode()
    [head, *rows] = csv.reader(io.StringIO(written, newline=""))
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert [one["order"] for one in told] == ['a "b", c\r\nd', f"'{evil}"]
    lines = list(csv_lines([{"a": "-1", "b": -1, "c": None, "d": True, "e": {"x": "é"}, "f": " @x"}], "abcdef"))
    assert lines == ["a,b,c,d,e,f\r\n", '\'-1,-1,,true,"{""x"": ""é""}",\' @x\r\n']

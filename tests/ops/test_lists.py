"""deliveries, dead and refusals: what is found, and in which form."""

from __future__ import annotations

import json

from schemas.outcome import Reason
from tests.fakes.ledger import BURY, DOWN, REJECTED, action, park, snapshot


def test_deliveries_are_an_array_newest_first_with_every_field_of_the_design(ops):
    ops.ledger.accept(snapshot("e1"), snapshot("f1", "1002"))
    found = ops.json("deliveries")
    assert [(one["order"], one["provider"]) for one in found] == [
        ("1002", "one"), ("1002", "two"), ("1001", "one"), ("1001", "two"),
    ]  # fmt: skip
    assert list(found[0]) == [
        "id", "event_id", "event_type", "source", "order", "provider", "kind", "state", "reason", "attempts",
        "next_attempt_at", "waiting_behind", "in_doubt", "superseded_by", "link", "created_at", "updated_at",
        "last_attempt",
    ]  # fmt: skip


def test_every_filter_narrows(ops):
    ops.bury(snapshot("e1"))
    ops.ledger.accept(snapshot("f1", "1002", source="shop/two"), action("a1"))
    wanted = {
        "--provider one": 3, "--state dead": 1, "--reason rejected": 1, "--reason no_product": 1,
        "--type order.cancelled": 2, "--source shop/two": 2, "--order 1001": 4, "--since 1h": 6, "--until 1h": 0,
        "--limit 5": 5, "--order 1001 --until 1h": 0, "--state dead --until 1h": 0,
    }  # fmt: skip
    assert {words: len(ops.json("deliveries", *words.split())) for words in wanted} == wanted


def test_fifty_are_listed_unless_more_are_asked_for(ops):
    ops.ledger.accept(*(snapshot(f"e{n}-1", str(n)) for n in range(30)))
    assert len(ops.json("deliveries")) == 50
    assert len(ops.json("deliveries", "--limit", "1000000")) == 60


def test_json_lines_are_one_delivery_a_line(ops):
    ops.ledger.accept(snapshot("e1"), snapshot("f1", "1002"))
    lines = ops.run("deliveries", "--jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == ops.json("deliveries")


def test_in_a_pipe_people_get_tab_separated_columns_and_no_control_characters(ops):
    bad = "Not\x1b[31m\tso"
    ops.ledger.accept(snapshot("e1"))
    ops.ledger.finish(
        ops.ledger.claim("one"), type(REJECTED)(kind=REJECTED.kind, reason=REJECTED.reason, message=bad), BURY
    )
    titles, row = (line.split("\t") for line in ops.run("dead").stdout.splitlines())
    assert dict(zip(titles, row, strict=True))["message"] == "Not [31m so"


def rows(ops, *words: str) -> list[dict[str, str]]:
    """A table as people get it in a pipe."""
    lines = [line.split("\t") for line in ops.run(*words).stdout.splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def test_what_waits_for_its_next_try_says_why_in_the_vendors_words(ops):
    ops.ledger.accept(snapshot("e1"))
    ops.ledger.finish(ops.ledger.claim("one"), DOWN, park(60))
    [row] = rows(ops, "deliveries", "--state", "parked")
    assert (row["reason"], row["message"]) == ("server_error", "503 from desk.example")


def test_a_dead_letter_shows_the_word_that_it_is_found_by(ops):
    ops.bury(snapshot("e1"))
    assert [row["reason"] for row in rows(ops, "dead", "--reason", "no_product")] == ["no_product"]
    assert [row["reason"] for row in rows(ops, "dead", "--reason", "rejected")] == ["no_product"]
    assert rows(ops, "dead", "--reason", "forbidden") == []


def test_causes_are_found_by_the_attempts_reason_too(ops):
    ops.bury(snapshot("e1"))
    [group] = ops.json("dead", "--group", "--reason", "no_product")
    assert (group["reason"], group["attempt_reason"], group["count"]) == ("rejected", "no_product", 1)
    assert [row["reason"] for row in rows(ops, "dead", "--group")] == ["no_product"]
    assert ops.json("dead", "--group", "--reason", "no_article") == []


def test_an_empty_list_is_an_empty_array_and_no_failure(ops):
    assert ops.json("deliveries") == []
    assert ops.json("dead") == []
    assert ops.json("dead", "--group") == []
    assert ops.json("refusals") == []
    silent = ops.run("deliveries")
    assert (silent.exit_code, silent.stdout, silent.stderr) == (0, "", "No deliveries match.\n")


def test_dead_letters_are_grouped_by_cause(ops):
    ids = ops.bury(snapshot("e1"), snapshot("f1", "1002"))
    [group] = ops.json("dead", "--group")
    assert {name: group[name] for name in ("provider", "reason", "fingerprint", "count")} == {
        "provider": "one", "reason": "rejected", "fingerprint": "f1", "count": 2,
    }  # fmt: skip
    assert group["sample"] == {"id": ids[-1], "message": "No product 'A-1'."}
    assert ops.json("dead", "--group", "--provider", "two") == []
    assert ops.json("dead", "--group", "--reason", "forbidden") == []
    assert "only" in ops.error("dead", "--group", "--order", "1001", code=2)


def test_refusals_tell_every_fault_and_its_place(ops):
    fault = {"path": "data.order.items.2.unit_price", "message": "is missing"}
    told = {"source": "shop/one", "event_id": "x1", "order": "1001", "task_id": "t1"}
    seq = ops.ledger.intake.refuse(b'{"id":"x1"}', Reason.INVALID, [fault], **told, headers={"origin": "gen1@shop"})
    ops.ledger.intake.refuse(b"\xff", Reason.NOT_JSON, [{"path": "", "message": "must be UTF-8"}])
    second, first = ops.json("refusals")
    assert first.pop("at").endswith("Z")
    assert first == {
        "id": f"r{seq}", "event_id": "x1", "source": "shop/one", "order": "1001", "task_id": "t1", "reason": "invalid",
        "errors": [fault],
    }  # fmt: skip
    assert (second["order"], second["task_id"]) == (None, None)
    assert (second["event_id"], second["source"], second["reason"]) == (None, None, "not_json")
    assert [one["reason"] for one in ops.json("refusals", "--source", "shop/one")] == ["invalid"]
    assert [one["reason"] for one in ops.json("refusals", "--reason", "not_json")] == ["not_json"]
    assert ops.json("refusals", "--until", "1h") == []
    assert [one["reason"] for one in ops.json("refusals", "--order", "1001")] == ["invalid"]
    assert ops.json("refusals", "--order", "1002") == []
    bodies = [(one["encoding"], one["body"], one["headers"]) for one in ops.json("refusals", "--body")]
    assert bodies == [("base64", "/w==", {}), ("utf-8", '{"id":"x1"}', {"origin": "gen1@shop"})]


def test_refusals_are_counted_by_reason_and_place_whatever_the_line(ops):
    for line in (0, 1, 7):
        fault = {"path": f"data.order.items.{line}.name", "message": f"is missing in {line}"}
        seq = ops.ledger.intake.refuse(b"{}", Reason.INVALID, [fault], source="shop/one")
    ops.ledger.intake.refuse(b"{}", Reason.INVALID, [{"path": "id", "message": "is required"}], source="shop/two")
    names, other = ops.json("refusals", "--group")
    assert names["first_at"] <= names["last_at"]
    assert {key: names[key] for key in ("reason", "path", "count", "sample")} == {
        "reason": "invalid", "path": "data.order.items.*.name", "count": 3,
        "sample": {"id": f"r{seq}", "message": "is missing in 7"},
    }  # fmt: skip
    assert (other["path"], other["count"]) == ("id", 1)
    assert [one["path"] for one in ops.json("refusals", "--group", "--source", "shop/two")] == ["id"]
    assert len(ops.json("refusals", "--group", "--limit", "1")) == 1
    assert "data.order.items.*.name" in ops.run("refusals", "--group").stdout
    assert ops.run("refusals", "--group", "--body", "--json").exit_code == 2


def test_refusals_of_several_causes_at_one_place_are_counted_apart(ops):
    causes = {
        "the message carries no task id": 1,
        "the body is not [args, kwargs, embed] (Celery's message protocol 2)": 2,
        "only calls of 'ordercast.accept' belong in this queue": 3,
    }
    for message, count in causes.items():
        for _ in range(count):
            ops.ledger.intake.refuse(b"{}", Reason.NOT_A_CALL, [{"path": "", "message": message}])
    counted = {one["sample"]["message"]: one["count"] for one in ops.json("refusals", "--group")}
    assert counted == causes


def test_a_thousand_orders_of_one_cause_are_one_row_whatever_their_sums_and_names(ops):
    for number in range(1000):
        said = f"is {number}.5, but its parts come to -{number} (allowed difference 0.0{number}): see 'order {number}'"
        ops.ledger.intake.refuse(b"{}", Reason.INVALID, [{"path": "data.order.totals.grand", "message": said}])
    [only] = ops.json("refusals", "--group")
    assert only["count"] == 1000


def test_a_refusal_that_an_older_version_kept_is_shown(ops):
    seq = ops.ledger.intake.refuse(b"{}", Reason.INVALID, [], source="shop/one", order="1001", task_id="t1")
    ops.ledger.store.client.hdel(ops.ledger.store.keys.key("refusal", seq=seq), "order", "task", "headers")
    [kept] = ops.json("refusals", "--body")
    assert (kept["source"], kept["order"], kept["task_id"], kept["headers"]) == ("shop/one", None, None, {})


def test_more_refusals_than_a_page_are_all_found(ops):
    for _ in range(405):
        ops.ledger.intake.refuse(b"{}", Reason.INVALID, [])
    assert len(ops.json("refusals", "--limit", "1000")) == 405


def test_dead_letters_are_found_by_their_cause_and_by_its_beginning(ops):
    ids = ops.bury(*(snapshot(f"e{n}-1", str(n)) for n in range(21)))
    [*causes] = ops.json("dead", "--group")
    assert {group["fingerprint"]: group["count"] for group in causes} == {"f0": 7, "f1": 7, "f2": 7}
    assert [one["id"] for one in ops.json("dead", "--fingerprint", "f1")] == ids[1::3][::-1]
    assert len(ops.json("dead", "--fingerprint", "f")) == 21
    assert ops.json("dead", "--fingerprint", "f9") == []
    done = ops.json("replay", "--fingerprint", "f1", "--yes", "--why", "mended")
    assert [one["id"] for one in done["results"]] == ids[1::3]
    assert ops.json("dead", "--fingerprint", "f1") == []


def test_a_provider_that_nobody_knows_is_named_with_those_that_are(ops):
    for words in (("dead",), ("deliveries",), ("dead", "--group")):
        assert "There is no provider 'nosuch'; known are one, two." in ops.error(*words, "--provider", "nosuch", code=2)


def test_an_order_number_that_begins_with_a_dash_is_no_option(ops):
    ops.ledger.accept(snapshot("e1", "-5"))
    assert ops.json("order", "-5")["order"] == "-5"

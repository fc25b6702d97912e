"""log: what people did, and where an order's page tells it."""

from __future__ import annotations

from tests.fakes.ledger import action, snapshot


def deeds(ops, *words):
    return [(one["verb"], one["what"], one["why"]) for one in ops.json("log", *words)]


def test_the_record_is_newest_first_with_who_what_how_many_and_why(ops, monkeypatch):
    monkeypatch.setenv("LOGNAME", "mia")
    [dead] = ops.bury(snapshot("e1"))
    ops.run("pause", "two", "--why", "stocktaking")
    monkeypatch.setenv("LOGNAME", "ben")
    ops.run("resume", "two", "--why", "done")
    ops.run("discard", dead, "--yes", "--why", "wrong address")
    assert deeds(ops) == [
        ("discard", f"1: {dead}", "wrong address"), ("resume", "two", "done"), ("pause", "two", "stocktaking"),
    ]  # fmt: skip
    assert deeds(ops, "--who", "mia") == [("pause", "two", "stocktaking")]
    assert deeds(ops, "--limit", "1") == [("discard", f"1: {dead}", "wrong address")]
    assert list(ops.json("log")[0]) == ["at", "who", "verb", "what", "why", "request"]


def test_the_record_is_bounded_by_time(ops):
    ops.run("pause", "two", "--why", "early")
    ops.ledger.advance(3600)
    ops.run("resume", "two", "--why", "late")
    assert [why for _, _, why in deeds(ops, "--since", "30m")] == ["late"]
    assert [why for _, _, why in deeds(ops, "--until", "30m")] == ["early"]


def test_more_than_a_page_is_read_to_its_end(ops):
    for number in range(1203):
        ops.ledger.store.client.xadd(
            ops.ledger.store.keys.key("audit"),
            {"at": 1_000 + number, "verb": "pause", "what": str(number), "why": "", "who": "mia"},
        )
    found = ops.json("log", "--limit", "5000")
    assert [one["what"] for one in found] == [str(number) for number in reversed(range(1203))]


def test_nothing_on_record_is_said_and_no_failure(ops):
    silent = ops.run("log")
    assert (silent.exit_code, silent.stdout, silent.stderr) == (0, "", "Nothing is on record.\n")


def test_an_order_tells_what_people_did_to_its_deliveries_by_id_and_by_filter(ops):
    [dead] = ops.bury(snapshot("e1"))
    ops.bury(snapshot("f1", "1002"))
    ops.run("discard", dead, "--yes", "--why", "wrong address")
    ops.run("replay", "--order", "1002", "--yes", "--why", "other order")
    ops.run("replay", "--provider", "two", "--state", "pending", "--yes", "--why", "all of two")
    told = ops.run("order", "1001").stdout
    assert "wrong address" in told
    assert "all of two" in told
    assert "other order" not in told


def test_a_corrected_link_is_told_with_its_order_alone(ops):
    ops.ledger.accept(snapshot("e1"), snapshot("f1", "1002"), action("a1", "1002"))
    ops.run("link", "one", "1002", "--order-id", "55", "--why", "found by hand")
    assert "found by hand" in ops.run("order", "1002").stdout
    assert "found by hand" not in ops.run("order", "1001").stdout

"""link: what is known of an order's ids at a provider, shown and corrected; and how an order shows it."""

from __future__ import annotations

import json
import re

import msgspec
import pytest

from schemas.delivery import Link
from tests.fakes.ledger import ACCEPTED, DELIVER, UNAVAILABLE, UNKNOWN, park, snapshot
from tests.fakes.ops import Ops
from tests.fakes.terminal import on_terminal

RICH = Link(order_id="77", contact_id="5", line_ids={"1": "31", "2": "32"}, notes={"discount": "4.00"})


def delivered(ops: Ops, number: str = "1001") -> None:
    ops.ledger.accept(snapshot(f"e{number}1", number))
    ops.ledger.finish(ops.ledger.claim("one"), msgspec.structs.replace(ACCEPTED, link=RICH), DELIVER)


def in_doubt(ops: Ops) -> None:
    ops.ledger.accept(snapshot("e1"))
    ops.ledger.finish(ops.ledger.claim("one"), UNKNOWN, park(5, in_doubt=True))


def audit(ops: Ops) -> list[dict[str, str]]:
    store = ops.ledger.store
    entries = store.client.xrange(store.keys.key("audit"))
    return [{name.decode(): value.decode() for name, value in entry.items()} for _, entry in entries]


def test_a_link_is_shown_whole(ops: Ops) -> None:
    delivered(ops)
    assert ops.json("link", "one", "1001") == {
        "provider": "one",
        "link": {"order_id": "77", "contact_id": "5", "line_ids": {"1": "31", "2": "32"}, "notes": {"discount": "4.00"}},
        "in_doubt_since": None, "source": "shop/one", "order": "1001",
    }  # fmt: skip
    assert ops.run("link", "one", "1001").stdout.splitlines() == [
        "provider\torder there\tcontact\tlines\tin doubt since",
        "one\t77\t5\t1=31 2=32\t",
    ]
    assert audit(ops) == []


def test_where_nothing_is_known_that_is_said(ops: Ops) -> None:
    delivered(ops)
    shown = ops.run("link", "two", "1001")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert shown.stderr == "Nothing is known of order 1001 at two: its next snapshot creates it there.\n"
    assert ops.json("link", "two", "1001")["link"] is None


def test_ids_are_set_with_a_reason_on_record_and_the_rest_stays(ops: Ops) -> None:
    delivered(ops)
    words = ("--contact-id", "6", "--line", "2=99", "--line", "a=b=34", "--why", "they merged two")
    assert ops.json("link", "one", "1001", *words)["link"] == {
        "order_id": "77", "contact_id": "6", "line_ids": {"1": "31", "2": "99", "a=b": "34"},
        "notes": {"discount": "4.00"},
    }  # fmt: skip
    [entry] = audit(ops)
    assert entry["what"] == "one shop/one 1001: contact_id=6 line 2=99 line a=b=34, was 77"
    assert (entry["verb"], entry["why"]) == ("link", "they merged two")
    assert entry["who"]


def test_an_order_id_ends_the_doubt_and_is_where_the_order_goes_next(ops: Ops) -> None:
    in_doubt(ops)
    assert ops.json("link", "one", "1001")["in_doubt_since"].endswith("Z")
    found = ops.json("link", "one", "1001", "--order-id", "88", "--why", "asked them")
    assert (found["link"], found["in_doubt_since"]) == ({"order_id": "88"}, None)
    [one] = [one for one in ops.json("deliveries") if one["provider"] == "one"]
    assert (one["in_doubt"], one["link"]) == (False, {"order_id": "88"})


def test_none_forgets_the_link_and_the_doubt(ops: Ops) -> None:
    in_doubt(ops)
    found = ops.json("link", "one", "1001", "--none", "--why", "not there")
    assert (found["link"], found["in_doubt_since"]) == (None, None)
    assert [one["in_doubt"] for one in ops.json("deliveries", "--provider", "one")] == [False]
    assert audit(ops)[0]["what"] == "one shop/one 1001: not there, was none"


def test_nothing_is_corrected_while_the_order_is_being_attempted_there(ops: Ops) -> None:
    ops.ledger.accept(snapshot("e1"))
    ops.ledger.claim("one")
    words = ("link", "one", "1001", "--order-id", "88", "--why", "asked them")
    assert ops.error(*words, code=1).startswith("Error: The order is being attempted there now")
    assert json.loads(ops.run(*words, "--json").stderr)["error"]["reason"] == "attempting"
    assert ops.json("link", "one", "1001")["link"] is None
    assert ops.json("link", "two", "1001", "--order-id", "88", "--why", "asked them")["link"] == {"order_id": "88"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--order-id", "88"), "--why"),
        (("--order-id", "88", "--why", " "), "--why"),
        (("--none",), "--why"),
        (("--none", "--order-id", "88", "--why", "x"), "goes with no id"),
        (("--why", "x"), "what to correct"),
        (("--order-id", " ", "--why", "x"), "--none"),
        (("--line", "31", "--why", "x"), "ITEM=ID"),
        (("--line", "=31", "--why", "x"), "ITEM=ID"),
        (("--line", "1=", "--why", "x"), "ITEM=ID"),
    ],
)
def test_what_is_not_clear_is_exit_2_and_changes_nothing(ops: Ops, words: tuple[str, ...], said: str) -> None:
    delivered(ops)
    assert said in ops.error("link", "one", "1001", *words, code=2)
    assert ops.json("link", "one", "1001")["link"] == msgspec.to_builtins(RICH)
    assert audit(ops) == []


def test_an_order_or_a_provider_that_nobody_knows_is_named(ops: Ops) -> None:
    delivered(ops)
    assert ops.error("link", "one", "9", code=3) == "Error: There is no order 9.\n"
    assert "known are one, two" in ops.error("link", "three", "1001", code=2)


def test_a_number_that_several_sources_have_asks_which(ops: Ops) -> None:
    ops.ledger.accept(snapshot("e1"), snapshot("f1", source="shop/two"))
    words = ("--order-id", "88", "--why", "x")
    assert "shop/one, shop/two" in ops.error("link", "one", "1001", *words, code=2)
    assert ops.json("link", "one", "1001", "--source", "shop/two", *words)["source"] == "shop/two"
    assert ops.json("link", "one", "1001", "--source", "shop/one")["link"] is None


def test_an_order_shows_its_links_with_the_ids_of_the_lines_and_the_doubt(ops: Ops) -> None:
    delivered(ops)
    ops.ledger.finish(ops.ledger.claim("two"), UNKNOWN, park(5, in_doubt=True), "two")
    shown = ops.run("order", "1001").stdout
    titles, one, two = next(
        part.splitlines() for part in shown.split("\n\n") if part.startswith("provider\torder there")
    )
    assert titles.endswith("\tin doubt since")
    assert one == "one\t77\t5\t1=31 2=32\t"
    assert two.startswith("two\t\t\t\t20")


def test_an_order_that_is_open_since_a_restart_alone_says_what_is_done_about_it(ops: Ops) -> None:
    ops.ledger.accept(snapshot("e1"))
    ops.ledger.finish(ops.ledger.claim("one"), UNAVAILABLE, park(5, in_doubt=True), on_wire_ago_ms=90_000)
    known, [created] = ops.json("link", "one", "1001"), ops.json("deliveries", "--provider", "one")
    assert known["in_doubt_since"] == created["created_at"]
    assert known["restarted_at"] < known["in_doubt_since"]
    code, shown = on_terminal(ops, "order", "1001", NO_COLOR="1")
    assert code == 0
    assert re.search(
        r"one\S*  looked for before anything is sent, since the store was restarted at \d\d:\d\d:\d\d\s", shown
    ), shown
    assert "in doubt since" not in shown


def test_an_order_of_which_nothing_is_known_shows_no_links(ops: Ops) -> None:
    ops.ledger.accept(snapshot("e1"))
    assert "order there" not in ops.run("order", "1001").stdout

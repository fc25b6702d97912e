"""vendor: the read side for people, without our secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes.askable import REFUSED, Askable
from tests.fakes.ops import SECRET, Ops
from worker.ops.desk import vendor_queries as asking


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the account is told to be, by attribute; ``made`` is the account that the last command opened."""
    told: dict[str, Any] = {}

    def make(config: Any, memory: Any) -> Askable:
        made = Askable(config, memory)
        for name, value in told.items():
            setattr(made, name, value)
        told["made"] = made
        return made

    monkeypatch.setattr(asking, "make_provider", make)
    return told


def test_one_order_is_the_vendors_own_tree_with_numbers_as_it_wrote_them(ops: Ops, account: dict[str, Any]) -> None:
    shown = ops.run("vendor", "one", "order", "7")
    assert shown.exit_code == 0
    assert '"total": 12.50,' in shown.stdout
    assert '"checksum": 123456789012345678901234567890,' in shown.stdout
    tree = json.loads(shown.stdout)
    assert (tree["id"], tree["is_test"], tree["note"]) == (7, False, None)


@pytest.mark.parametrize("form", [(), ("--json",), ("--jsonl",)])
def test_every_secret_of_the_account_is_masked_wherever_it_stands(
    ops: Ops, account: dict[str, Any], form: tuple[str, ...]
) -> None:
    shown = ops.run("vendor", "one", "order", "7", *form).output
    assert SECRET not in shown
    assert "987654" not in shown
    tree = json.loads(shown)
    assert tree["history"] == [{"text": "signed with ***"}, "***"]
    assert (tree["***"], tree["pin"]) == ("a name", "***")


def test_a_list_is_one_array_over_all_pages_up_to_the_limit(ops: Ops, account: dict[str, Any]) -> None:
    assert [row["id"] for row in ops.json("vendor", "one", "orders", "--limit", "7")] == list(range(7))
    assert account["made"].pages_read == 3
    assert len(ops.json("vendor", "one", "orders")) == 50
    assert len(ops.json("vendor", "one", "orders", "--limit", "1000")) == 120


def test_no_page_is_read_that_nobody_wants(ops: Ops, account: dict[str, Any]) -> None:
    ops.json("vendor", "one", "orders", "--limit", "6")
    assert account["made"].pages_read == 2


def test_a_list_as_json_lines_is_a_row_a_line(ops: Ops, account: dict[str, Any]) -> None:
    lines = ops.run("vendor", "one", "orders", "--limit", "4", "--jsonl").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [0, 1, 2, 3]


def test_filters_are_given_to_the_vendor(ops: Ops, account: dict[str, Any]) -> None:
    assert [row["id"] for row in ops.json("vendor", "one", "orders", "--filter", "status=paid", "--limit", "3")] == [
        1, 3, 5,
    ]  # fmt: skip


def test_an_empty_list_is_an_empty_array(ops: Ops, account: dict[str, Any]) -> None:
    assert ops.json("vendor", "one", "orders", "--filter", "status=lost") == []


def test_a_page_that_points_at_itself_ends_the_list(ops: Ops, account: dict[str, Any]) -> None:
    assert ops.json("vendor", "one", "again") == [1, 2]


def test_an_order_that_the_vendor_does_not_have_is_exit_3(ops: Ops, account: dict[str, Any]) -> None:
    assert ops.error("vendor", "one", "order", "500", code=3) == "Error: The vendor has no such order.\n"
    failed = ops.run("vendor", "one", "order", "500", "--json")
    assert (failed.exit_code, failed.stdout) == (3, "")
    assert json.loads(failed.stderr)["error"]["reason"] == "unknown_order"


def test_a_vendor_that_gives_no_answer_is_exit_1_with_its_sentence(ops: Ops, account: dict[str, Any]) -> None:
    account["breaks_at"] = 1
    failed = ops.run("vendor", "one", "orders", "--json")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert json.loads(failed.stderr) == {"error": {"reason": "server_error", "message": "The vendor answered 503."}}


def test_a_list_that_ends_early_is_whole_json_and_exit_1(ops: Ops, account: dict[str, Any]) -> None:
    account["breaks_at"] = 3
    failed = ops.run("vendor", "one", "orders")
    assert failed.exit_code == 1
    assert [row["id"] for row in json.loads(failed.stdout)] == [0, 1, 2, 3, 4, 5]
    assert failed.stderr == "Error: The vendor answered 503.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("stock",), "known are order, orders, again, test."),
        (("order",), "wants an ID: One order.\n"),
        (("orders", "7"), "takes no ID, only filters: status."),
        (("orders", "--filter", "colour=red"), "has no filter 'colour'; known are status."),
        (("orders", "--filter", "status"), "is not NAME=VALUE"),
        (("orders", "--filter", "=paid"), "is not NAME=VALUE"),
        (("orders", "--limit", "0"), "0"),
    ],
)
def test_what_cannot_be_asked_is_exit_2_and_names_what_can(
    ops: Ops, account: dict[str, Any], words: tuple[str, ...], said: str
) -> None:
    assert said in ops.error("vendor", "one", *words, code=2)
    assert "made" not in account or account["made"].pages_read == 0


def test_without_a_question_all_of_them_are_listed_with_their_filters(ops: Ops, account: dict[str, Any]) -> None:
    assert ops.json("vendor", "one")[1] == {
        "question": "orders", "about": "Its orders.", "takes_id": False, "filters": {"status": "new or paid"},
    }  # fmt: skip
    shown = ops.run("vendor", "one").stdout
    assert "order ID\t\tOne order." in shown
    assert "orders\tstatus\tnew or paid" in shown


def test_the_accounts_own_test_is_exit_0_or_1_with_its_sentence(ops: Ops, account: dict[str, Any]) -> None:
    assert ops.run("vendor", "one", "test").stdout == "The vendor knows the key.\n"
    assert ops.json("vendor", "one", "test") == {"provider": "one", "message": "The vendor knows the key."}
    account["tested"] = REFUSED
    assert ops.error("vendor", "one", "test", code=1) == "Error: The vendor wants another key.\n"


def test_where_there_is_no_test_a_connection_is_tried(ops: Ops, account: dict[str, Any]) -> None:
    account["tested"] = None
    assert "No connection to 127.0.0.1:1" in ops.error("vendor", "one", "test", code=1)


def test_a_kind_that_cannot_be_asked_says_so(ops: Ops) -> None:
    said = "A webhook account can be asked nothing but `test`"
    assert ops.json("vendor", "one") == []
    assert said in ops.run("vendor", "one").stderr
    assert said in ops.error("vendor", "one", "orders", code=2)


def test_a_vendor_is_asked_without_a_store(ops: Ops, account: dict[str, Any]) -> None:
    ops.config.write_text(ops.config.read_text().replace("unix://", "unix:///nowhere"))
    assert ops.json("vendor", "one", "order", "7")["id"] == 7


def test_an_account_that_is_not_configured_is_exit_2(ops: Ops) -> None:
    assert ops.error("vendor", "three", "orders", code=2) == (
        "Error: There is no provider 'three'; configured are one, two.\n"
    )  # fmt: skip

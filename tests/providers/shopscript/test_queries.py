"""What people may ask of a shop."""

from urllib.parse import parse_qs

import pytest

from schemas.outcome import OutcomeKind, Reason
from tests.fakes.shop import NO_ORDER, account, held_order, hits, offered, shop_order
from tests.fakes.snapshots import job, snapshot
from tests.fakes.wire import converse, reply, run
from worker.providers.base import Read
from worker.sandbox.shopscript import SimulatedShopScript


def ask(name, *replies, wanted="", more=None, **filters):
    requests, read = converse(account().questions[name].ask(wanted, filters, more), *replies)
    [request] = requests
    assert not request.mutating
    return request, read


def query(request):
    return {name: texts[0] for name, texts in parse_qs(request.path.partition("?")[2]).items()}


def test_an_order_is_shown_as_the_shop_shows_it():
    request, read = ask("order", reply(200, held_order()), wanted="18")
    assert request.path == "/api.php/shop.order.getInfo?id=18"
    assert read == Read(held_order())


def test_the_actions_of_an_order_are_shown():
    request, read = ask("actions", reply(200, offered("pay", "delete")), wanted="18")
    assert request.path == "/api.php/shop.order.actions?id=18"
    assert read == Read(offered("pay", "delete"))


@pytest.mark.parametrize("name", ["order", "actions"])
def test_an_order_that_is_not_there_is_told(name):
    _, outcome = ask(name, reply(404, NO_ORDER), wanted="77")
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.UNKNOWN_ORDER)


def test_orders_are_asked_for_by_the_shops_own_filters():
    filters = {"hash": "search/state_id=new||paid&total>=100", "limit": "5", "sort": "id ASC", "fields": "contact"}
    request, read = ask("orders", reply(200, hits(held_order())), **filters)
    assert query(request) == {**filters, "offset": "0"}
    assert filters.keys() == account().questions["orders"].filters.keys()
    assert (read.tree, read.more) == (hits(held_order())["orders"], None)


def test_a_page_that_is_not_the_last_says_where_to_go_on():
    page = hits(held_order(order_id=1), held_order(order_id=2)) | {"count": 5}
    request, read = ask("orders", reply(200, page), more="2")
    assert (query(request)["offset"], read.more) == ("2", "4")
    assert ask("orders", reply(200, page), more="3")[1].more is None


@pytest.mark.parametrize("count", [5, "5", 0, None, "many"])
def test_an_empty_page_is_the_last(count):
    assert ask("orders", reply(200, {"count": count, "orders": []}))[1] == Read([])


@pytest.mark.parametrize("answer", [reply(200, "[]"), reply(200, {}), reply(200, "<html>"), reply(200, {}, cut=True)])
def test_an_answer_that_is_no_page_of_orders_is_unreadable(answer):
    assert ask("orders", answer)[1].kind is OutcomeKind.UNREADABLE


def test_an_answer_that_is_too_long_says_what_to_change():
    assert "limit" in ask("orders", reply(200, hits(), cut=True))[1].message


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(200, {"error": "invalid_param"}), OutcomeKind.REJECTED),
        (reply(401), OutcomeKind.UNAUTHORIZED),
        (reply(503), OutcomeKind.UNAVAILABLE),
    ],
)
def test_a_question_that_is_refused_is_an_outcome(answer, kind):
    assert ask("orders", answer)[1].kind is kind


@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_played_shop_shows_all_its_orders_page_by_page(form):
    shop, seen, more = SimulatedShopScript(), [], None
    shop_account = account(format=form)
    for number in ("1", "2", "3"):
        run(shop_account.operation(job(snapshot(shop_order(number=number)))).converse(), shop)
    while len(seen) < 9:
        read = run(shop_account.questions["orders"].ask("", {"limit": "2"}, more), shop)
        seen += [row["id"] for row in read.tree]
        more = read.more
        if more is None:
            break
    assert seen == ["3", "2", "1"]
    ours = run(shop_account.questions["orders"].ask("", {"hash": "search/params.ordercast_number=2"}, None), shop)
    assert [row["id"] for row in ours.tree] == ["2"]
    assert run(shop_account.questions["order"].ask("2", {}, None), shop).tree["id"] == "2"
    assert run(shop_account.questions["actions"].ask("2", {}, None), shop).tree


def test_a_question_that_takes_an_id_says_so():
    assert {name: one.takes_id for name, one in account().questions.items()} == {
        "order": True,
        "orders": False,
        "actions": True,
    }

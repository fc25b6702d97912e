"""The played OpenBizBox: lines by position, with every surprise that the page shows."""

import pytest

from tests.fakes.openbizbox_till import Till, articles, three

NEW = {"product_article_id": 1009, "price": 100}


@pytest.fixture
def till():
    return Till()


def put(till, order_id, **lines):
    return till.call("PUT", f"/api/v2/orders/{order_id}.json", {"lines": lines})


@pytest.mark.parametrize(
    ("products", "left"),
    [
        pytest.param([{}, {}, {}], [1001, 1002, 1003], id="as many as there are: all stay"),
        pytest.param([{}], [1001], id="a shorter list removes the rest"),
        pytest.param({"1": {}, "2": {}}, [1002, 1003], id="keys count from zero, what has none goes"),
        pytest.param({"2": {}, "0": {}}, [1001, 1003], id="keys in any order, lines in theirs"),
        pytest.param({"0": {}, "1": {}, "2": {}}, [1001, 1002, 1003], id="keys from zero are a list [ran]"),
        pytest.param({}, [], id="an empty object removes all"),
        pytest.param([], [], id="an empty list removes all too [ran]"),
        pytest.param([None, {}, {}], [1002, 1003], id="nothing in a place removes its line"),
        pytest.param([{}, {}, {}, NEW], [1001, 1002, 1003, 1009], id="a longer list adds"),
        pytest.param([{}, {}, {}, {}], [1001, 1002, 1003], id="nothing past the end adds nothing"),
        pytest.param({"0": {}, "7": NEW}, [1001, 1009], id="a key past the end adds at the end"),
    ],
)
def test_lines_are_kept_removed_and_added_by_position(till, products, left):
    """4 quirk 3 [page]."""
    order_id = three(till)
    assert put(till, order_id, products=products)[0] == 204
    assert articles(till, order_id) == left


def test_a_line_is_edited_where_it_stands_and_keeps_its_id(till):
    """4 quirk 3 [page]: ``{}`` leaves a line as it is."""
    order_id = three(till)
    before = till.lines(order_id)["products"]
    put(till, order_id, products=[{"price": 1200}, {"weight": 0.33, "quantity": 33}, {}])
    after = till.lines(order_id)["products"]
    assert [line["order_line_id"] for line in after] == [line["order_line_id"] for line in before]
    assert [(line["price"], line["quantity"], line["weight"]) for line in after] == [
        (1200, 1, 0),
        (2, 33, 0.33),
        (3, 1, 0),
    ]


def test_a_line_keeps_its_article_whatever_is_sent(till):
    order_id = three(till)
    put(till, order_id, products=[{"product_article_id": 7}, {}, {}])
    assert articles(till, order_id) == [1001, 1002, 1003]


def test_an_added_line_that_is_sent_twice_is_written_over(till):
    """4 idempotency [inf]: it writes to the same place."""
    order_id = three(till)
    for _ in range(2):
        put(till, order_id, products=[{}, {}, {}, NEW])
    assert articles(till, order_id) == [1001, 1002, 1003, 1009]


def test_a_removal_that_is_sent_twice_removes_one_more(till):
    """4 idempotency [inf]."""
    order_id = three(till)
    for _ in range(2):
        put(till, order_id, products={"1": {}, "2": {}})
    assert articles(till, order_id) == [1003]


def test_the_shipping_line_goes_by_null_and_stays_by_silence(till):
    """4 quirk 3 [page]."""
    order_id = three(till)
    put(till, order_id, products={})
    assert till.lines(order_id)["shipping"]["price"] == 9
    put(till, order_id, shipping=None)
    assert "shipping" not in till.lines(order_id)


@pytest.mark.parametrize("name", ["discounts", "fees"])
def test_discounts_and_fees_are_edited_by_position_too(till, name):
    order_id = three(till)
    put(till, order_id, **{name: [{"title": "one", "price": 1}, {"title": "two", "price": 2}]})
    put(till, order_id, **{name: {"1": {"price": 3}}})
    assert [(line["title"], abs(line["price"])) for line in till.lines(order_id)[name]] == [("two", 3)]
    assert articles(till, order_id) == [1001, 1002, 1003]


@pytest.mark.parametrize("empty", [[], {}])
def test_lines_that_say_nothing_change_nothing(till, empty):
    """4 quirk 3 [ran]: empty for ``lines`` itself is an array that names no kind of line."""
    order_id = three(till)
    assert till.call("PUT", f"/api/v2/orders/{order_id}.json", {"lines": empty})[0] == 204
    assert articles(till, order_id) == [1001, 1002, 1003]


@pytest.mark.parametrize("key", ["-1", "01", "first", "99999999999"])
def test_a_key_that_is_no_position_is_refused(till, key):
    order_id = three(till)
    assert put(till, order_id, products={key: {}})[0] == 400
    assert articles(till, order_id) == [1001, 1002, 1003]


def test_a_refused_edit_changes_nothing(till):
    order_id = three(till)
    sent = {"status": 5, "lines": {"products": [{}, {"price": "much"}]}}
    assert till.call("PUT", f"/api/v2/orders/{order_id}.json", sent)[0] == 400
    assert articles(till, order_id) == [1001, 1002, 1003]
    assert till.shop.orders()[0]["status"]["id"] == 4


PIECES = {"product_article_id": 1001, "price": 7.9925, "quantity": 0.1255, "tax_rate": 0.08875}


@pytest.mark.parametrize(
    ("keeps", "kept"),
    [
        pytest.param({}, (7.9925, 0.1255, 0.08875), id="four decimals of a price, all of the others"),
        pytest.param({"price": 2}, (7.99, 0.1255, 0.08875), id="two of a price"),
        pytest.param({"quantity": 3}, (7.9925, 0.126, 0.08875), id="three of a quantity, half up"),
        pytest.param({"quantity": 0, "tax_rate": 4}, (7.9925, 0, 0.0888), id="whole quantities, rates as the page's"),
    ],
)
def test_a_shop_may_keep_fewer_decimals_than_it_was_sent_and_says_nothing(keeps, kept):
    """4 body of create: no page says how many decimals are kept."""
    till = Till(keeps=keeps)
    [line] = till.create(lines={"products": [PIECES]})["lines"]["products"]
    assert (line["price"], line["quantity"], line["tax_rate"]) == kept


@pytest.mark.parametrize(("rounds", "total"), [("line", 100), ("piece", 0)])
def test_a_shop_may_round_its_tax_by_the_line_or_by_the_piece(rounds, total):
    """The page's example has one piece of everything (257 at 0.0146 is 260.75): either way fits it."""
    till = Till(rounds=rounds)
    screws = {"product_article_id": 1001, "price": 0.001, "quantity": 100_000, "tax_rate": 0}
    assert till.create(lines={"products": [screws]})["total_with_tax"] == total

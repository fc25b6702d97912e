"""The adapter against the played shop, in one process: what we say is what the shop ends up with."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.config import Secret
from schemas.event import EventType
from schemas.order import Address, Customer, Discount, Fee, Payment, Shipping, Totals
from schemas.outcome import OutcomeKind, Reason
from schemas.providers.openbizbox import OpenBizBoxOptions
from tests.fakes.snapshots import item, job, order, snapshot
from tests.fakes.wire import open_account, run
from worker.providers.base import Absent, Found
from worker.providers.openbizbox import OpenBizBox
from worker.sandbox.base import VendorAnswer
from worker.sandbox.openbizbox import SimulatedOpenBizBox as Shop

QUARTER = Decimal("0.25")


def account(**options):
    secrets = {"client_id": "test-client", "client_secret": Secret("test-openbizbox-secret")}
    return open_account(OpenBizBox, OpenBizBoxOptions(**secrets, **options))


def sums(grand, **parts):
    names = ("items", "shipping", "handling", "tax", "discount", "fees", "rebates", "rounding")
    return Totals(grand=Decimal(grand), **{name: Decimal(parts.get(name, 0)) for name in names})


def of_items(*items, **changes):
    grand = sum((line.quantity * line.unit_price for line in items), Decimal(0))
    return order(items=list(items), totals=sums(grand, items=grand), **changes)


def rich(**changes):
    """An order with a bit of everything, in prices without tax."""
    return order(
        currency="DKK",
        status="paid",
        comment="Ring <twice> & wait",
        customer=Customer(email="jane@example.com", first_name="Jane", last_name="Roe", group="b2b"),
        billing_address=Address(address1="Dalbygade 40 A", postal_code="DK-6000", city="Kolding", country="DK"),
        items=[
            item(1, sku="v512", tax_rate=QUARTER, discount_total=Decimal(4)),
            item(2, variant_id="1002", quantity=Decimal("1.5"), unit_price=Decimal("9.99"), tax_rate=QUARTER),
        ],
        shipping=Shipping(method="flat", title="Flat & fast", price=Decimal(8)),
        payment=Payment(method="card", title="Card", fee=Decimal(2)),
        discounts=[Discount(code="SPRING", amount=Decimal(5))],
        fees=[Fee(title="Gift wrap", amount=Decimal(3))],
        # 20 + 14.985 + 8 + 2 + 3 - 4 - 5 = 38.985, and a quarter of it in tax
        totals=sums("48.73", items="34.985", shipping="8", fees="5", discount="9", tax="9.74625", rounding="-0.00125"),
        **changes,
    )


def save(provider, shop, of, link=None, kind=EventType.CREATED):
    return run(provider.operation(job(snapshot(of, kind=kind), link=link)).converse(), shop)


def held_lines(shop):
    shown = shop.orders()[0]["lines"]["products"]
    return sorted((line["variant_id"], Decimal(line["quantity"]), Decimal(line["price"])) for line in shown)


@pytest.mark.parametrize("prices", ["net", "gross"])
def test_a_created_order_is_what_the_event_says_and_comes_to_the_same_sum(prices):
    shop = Shop(prices=prices, timezone="Europe/Copenhagen")
    settings = {"prices": prices, "statuses": {"paid": 5}, "customer_types": {"b2b": 2}}
    outcome = save(account(timezone="Europe/Copenhagen", **settings), shop, rich())
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.SAVED)
    shown = shop.orders()[0]
    assert abs(Decimal(shown["total_with_tax"]) - Decimal("48.73")) <= Decimal("0.02")
    assert shown["created_at"] == "2026-11-21T10:30:00+0100"
    assert (shown["status"]["id"], shown["customer"]["customer_type_id"]) == (5, 2)
    assert (shown["key"], shown["currency"]["code"]) == ("1001", "DKK")
    lines = shown["lines"]["products"]
    assert outcome.link.line_ids == {f"line-{n}": str(line["order_line_id"]) for n, line in enumerate(lines, 1)}


@pytest.mark.parametrize("prices", ["net", "gross"])
def test_an_order_that_is_saved_again_is_not_written_again(prices):
    shop, provider = Shop(prices=prices), account(prices=prices, statuses={"paid": 5})
    first = save(provider, shop, rich())
    again = save(provider, shop, rich(), first.link, EventType.UPDATED)
    assert (again.kind, again.reason, again.link) == (OutcomeKind.ACCEPTED, Reason.EXISTS, first.link)
    assert len(shop.orders()[0]["saves"]) == 1


def test_an_edit_changes_removes_and_adds_lines_and_keeps_the_ids_of_those_that_stay():
    shop, provider = Shop(), account()
    before = of_items(item(1, variant_id="1"), item(2, variant_id="2"), item(3, variant_id="3"))
    first = save(provider, shop, before)
    after = of_items(item(3, variant_id="3", quantity=Decimal(5)), item(2, variant_id="2"), item(4, variant_id="4"))
    outcome = save(provider, shop, after, first.link, EventType.UPDATED)
    assert outcome.reason is Reason.SAVED
    assert held_lines(shop) == [(2, 2, 10), (3, 5, 10), (4, 2, 10)]
    assert outcome.link.line_ids["line-3"] == first.link.line_ids["line-3"]
    assert set(outcome.link.line_ids) == {"line-2", "line-3", "line-4"}


def test_an_edit_moves_address_status_and_extra_lines():
    shop, provider = Shop(), account(statuses={"shipped": 6})
    first = save(provider, shop, rich())
    plain = of_items(item(1, sku="v512"), currency="DKK", status="shipped")
    outcome = save(provider, shop, plain, first.link, EventType.UPDATED)
    assert outcome.reason is Reason.SAVED
    shown = shop.orders()[0]
    assert set(shown["lines"]) == {"products", "taxes"}
    assert (shown["status"]["id"], shown["billing_address"]["city"]) == (6, "London")
    assert Decimal(shown["total_with_tax"]) == 20


_lines = st.lists(
    st.tuples(st.integers(1, 6), st.integers(1, 3), st.integers(1, 3), st.integers(0, 3)),
    min_size=1,
    max_size=6,
    unique_by=lambda line: line[0],
)


def _items(lines):
    return [
        item(number, variant_id=str(article), quantity=Decimal(quantity), unit_price=Decimal(price))
        for number, article, quantity, price in lines
    ]


@given(steps=st.lists(_lines, min_size=2, max_size=4), linked=st.booleans())
def test_whatever_an_order_becomes_the_shop_holds_just_that(steps, linked):
    shop, provider = Shop(), account()
    link = None
    for lines in steps:
        items = _items(lines)
        outcome = save(provider, shop, of_items(*items), link)
        link = outcome.link if linked or link is None else replace_lines(link)
        free = sum(1 for line in held_lines(shop) if line[2] == 0)
        wanted = sorted((int(line.variant_id), line.quantity, line.unit_price) for line in items)
        if linked or not free:
            assert outcome.kind is OutcomeKind.ACCEPTED, outcome
            assert held_lines(shop) == wanted
        assert [line for line in held_lines(shop) if line[2]] == [line for line in wanted if line[2]]


def replace_lines(link):
    """The link of an order whose lines nobody wrote down."""
    return type(link)(order_id=link.order_id)


class Cut:
    """A shop behind a line that breaks: the call is done, its answer lost."""

    def __init__(self, shop):
        self.shop = shop
        self.kind = shop.kind

    def answer(self, call):
        answer = self.shop.answer(call)
        return VendorAnswer(502) if call.method in {"POST", "PUT"} and "/orders" in call.path else answer


@pytest.mark.parametrize("options", [{}, {"order_id_offset": 50_000}])
def test_a_create_whose_answer_was_lost_is_found_and_not_made_twice(options):
    shop, provider = Shop(), account(**options)
    lost = save(provider, Cut(shop), rich())
    assert lost.kind is (OutcomeKind.ACCEPTED if options else OutcomeKind.UNKNOWN)
    operation = provider.operation(job(snapshot(rich())))
    found = run(operation.look_up(), shop)
    assert isinstance(found, Found)
    assert set(found.link.line_ids) == {"line-1", "line-2"}
    assert save(provider, shop, rich(), found.link).reason is Reason.EXISTS
    assert len(shop.orders()) == 1
    assert len(shop.orders()[0]["saves"]) == 1


def test_an_index_that_lags_says_absent_and_finds_it_later():
    shop, provider = Shop(), account()
    shop.hide_new(60)
    save(provider, Cut(shop), rich())
    operation = provider.operation(job(snapshot(rich())))
    assert run(operation.look_up(), shop) == Absent()
    assert isinstance(run(operation.look_up(), shop, clock=lambda: 1_700_000_000 + 90.0), Found)


def test_two_orders_alike_of_one_customer_are_not_taken_for_each_other():
    shop, provider = Shop(), account()
    twin = of_items(item(1, variant_id="7"), number="1002")
    save(provider, shop, twin)
    ours = job(snapshot(of_items(item(1, variant_id="7"))))
    assert run(provider.operation(ours).look_up(), shop) == Absent()
    created = run(provider.operation(ours).converse(), shop)
    found = run(provider.operation(ours).look_up(), shop)
    assert found.link.order_id == created.link.order_id


def test_a_shop_that_drops_comments_leaves_an_alike_order_open():
    shop, provider = Shop(keeps_comments=False), account()
    save(provider, shop, rich())
    outcome = run(provider.operation(job(snapshot(rich()))).look_up(), shop)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNKNOWN, Reason.UNANSWERED_LOOK_UP)


def test_an_id_that_another_source_has_taken_costs_the_id_alone():
    shop, provider = Shop(), account(order_id_offset=50_000)
    save(provider, shop, rich())
    other = job(snapshot(rich(), source="shop/malmo"))
    outcome = run(provider.operation(other).converse(), shop)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.ACCEPTED, Reason.REMARK)
    assert [order["id"] for order in shop.orders()] == [51_001, 51_002]
    assert shop.orders()[1]["comment"].endswith("[ordercast shop/malmo#1001]")


def test_a_repeat_under_the_same_id_is_an_edit():
    shop, provider = Shop(), account(order_id_offset=50_000)
    save(provider, shop, rich())
    plain = of_items(item(1, sku="v512"), currency="DKK")
    assert save(provider, shop, plain).reason is Reason.SAVED
    assert [order["id"] for order in shop.orders()] == [51_001]
    assert Decimal(shop.orders()[0]["total_with_tax"]) == 20


def test_a_token_that_goes_stale_between_two_saves_is_renewed():
    shop, provider = Shop(), account()
    link = save(provider, shop, rich()).link
    shop.tokens.expire()
    assert save(provider, shop, rich(), link).kind is OutcomeKind.ACCEPTED


def test_wrong_credentials_are_unauthorized():
    shop = Shop(client_secret="another")
    outcome = save(account(), shop, rich())
    assert (outcome.kind, outcome.reason) == (OutcomeKind.UNAUTHORIZED, Reason.CREDENTIALS)
    assert run(account().test(), Shop()).kind is OutcomeKind.ACCEPTED


def test_a_model_that_the_catalogue_lacks_is_refused():
    outcome = save(account(), Shop(models={}), rich())
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.NO_ARTICLE)

"""canonical-event.md, "OpenBizBox": each line and sum goes where the mapping says, with its fallbacks."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from schemas.order import Discount, Fee, Payment, Service, Shipping, TaxLine
from schemas.outcome import OutcomeKind, Reason
from tests.contract.openbizbox.account import ABSENT, Shop, account, at, created
from tests.fakes.snapshots import item, order, snapshot, totals

QUARTER = Decimal("0.25")
ITEM = item(1, variant_id="1001")
TAXED = item(1, variant_id="1001", tax_rate=QUARTER)
VAT = TaxLine(title="Moms", rate=QUARTER, amount=Decimal(5))
WRAP = Service(service_id="s1", name="Gift wrap", price=Decimal(3), discount_total=Decimal(1))
CODE = Discount(code="SPRING", title="Spring sale", amount=Decimal(5))
GROSS = msgspec.structs.replace(totals("25", items="25", tax="5"), tax_included=True)
NET = totals("25", items="20", tax="5")


def fee(amount, title="Gift box", **more):
    return Fee(title=title, amount=Decimal(amount), **more)


# canonical fields and their values, the vendor's field, its value
ROWS = {
    "payment title": ({"payment": Payment(method="card", title="Card")}, "payment.title", "Card"),
    "payment title from the method": ({"payment": Payment(method="card")}, "payment.title", "card"),
    "payment title from neither": ({"payment": Payment(status="pending")}, "payment.title", "Payment"),
    "payment price from the fee": ({"payment": Payment(method="card", fee=Decimal("3.8")), "totals": totals("23.8", items="20", fees="3.8")}, "payment.price", Decimal("3.8")),
    "payment without a fee": ({"payment": Payment(method="card")}, "payment.price", 0),
    "payment tax_rate": ({"payment": Payment(method="card", tax_rate=QUARTER)}, "payment.tax_rate", QUARTER),
    "payment tax_title": ({"payment": Payment(method="card", tax_rate=QUARTER), "tax_lines": [VAT]}, "payment.tax_title", "Moms"),
    "no payment": ({}, "payment", ABSENT),
    "shipping title": ({"shipping": Shipping(method="flat", title="Flat rate")}, "shipping.title", "Flat rate"),
    "shipping title from the method": ({"shipping": Shipping(method="flat")}, "shipping.title", "flat"),
    "shipping price": ({"shipping": Shipping(method="flat", price=Decimal(100))}, "shipping.price", 100),
    "shipping tax_rate": ({"shipping": Shipping(method="flat", tax_rate=QUARTER)}, "shipping.tax_rate", QUARTER),
    "shipping tax_class_id": ({"shipping": Shipping(method="flat", tax_class="3")}, "shipping.tax_class_id", 3),
    "a class excludes the rate": ({"shipping": Shipping(method="flat", tax_class="3")}, "shipping.tax_rate", ABSENT),
    "a rate excludes the class": ({"shipping": Shipping(method="flat", tax_rate=QUARTER, tax_class="3")}, "shipping.tax_class_id", ABSENT),
    "a class that is no number": ({"shipping": Shipping(method="flat", tax_class="reduced")}, "shipping.tax_class_id", ABSENT),
    "shipping from its sum": ({"totals": totals("25", items="20", shipping="5")}, "shipping.price", 5),
    "no shipping": ({}, "shipping", ABSENT),
    "article from the variant": ({"items": [ITEM]}, "products.0.product_article_id", 1001),
    "article by the sku": ({"items": [item(1, sku="v512")]}, "products.0.product_article_id", 1014),
    "the variant before the sku": ({"items": [item(1, sku="v512", variant_id="7")]}, "products.0.product_article_id", 7),
    "a variant that is no number": ({"items": [item(1, sku="v512", variant_id="v-7")]}, "products.0.product_article_id", 1014),
    "product price": ({"items": [item(1, variant_id="7", unit_price=Decimal("9.99"))]}, "products.0.price", Decimal("9.99")),
    "product of no price": ({"items": [item(1, variant_id="7", unit_price=Decimal(0))]}, "products.0.price", 0),
    "product quantity": ({"items": [item(1, variant_id="7", quantity=Decimal("1.5"))]}, "products.0.quantity", Decimal("1.5")),
    "product weight": ({"items": [item(1, variant_id="7", weight=Decimal("0.33"))]}, "products.0.weight", Decimal("0.33")),
    "no weight": ({}, "products.0.weight", ABSENT),
    "product tax_rate": ({"items": [TAXED], "totals": NET}, "products.0.tax_rate", QUARTER),
    "product tax_title": ({"items": [item(1, variant_id="7", tax_rate=QUARTER, tax_title="VAT")], "totals": NET}, "products.0.tax_title", "VAT"),
    "product tax_class_id": ({"items": [item(1, variant_id="7", tax_class="4")]}, "products.0.tax_class_id", 4),
    "a product that is gone": ({"items": [item(1, variant_id="7", quantity=Decimal(0)), item(2, variant_id="8")]}, "products.0.product_article_id", 8),
    "a service is a fee": ({"items": [item(1, variant_id="7", services=[WRAP])], "totals": totals("25", items="26", discount="1")}, "fees.0", {"title": "Gift wrap", "price": 6, "tax_rate": 0}),
    "a service's discount is an item's": ({"items": [item(1, variant_id="7", services=[WRAP])], "totals": totals("25", items="26", discount="1")}, "discounts.0.price", 1),
    "discount title with its code": ({"discounts": [CODE], "totals": totals("15", items="20", discount="5")}, "discounts.0.title", "Spring sale (SPRING)"),
    "discount title of a code alone": ({"discounts": [Discount(code="X", amount=Decimal(5))]}, "discounts.0.title", "X"),
    "discount price is positive": ({"discounts": [CODE], "totals": totals("15", items="20", discount="5")}, "discounts.0.price", 5),
    "discount tax_rate": ({"discounts": [Discount(amount=Decimal(5), tax_rate=QUARTER)]}, "discounts.0.tax_rate", QUARTER),
    "discount tax_title": ({"discounts": [Discount(amount=Decimal(5), tax_rate=QUARTER, tax_title="VAT")]}, "discounts.0.tax_title", "VAT"),
    "item discounts are one line": ({"items": [item(1, variant_id="7", discount_total=Decimal(2)), item(2, variant_id="8", discount_total=Decimal(1))], "totals": totals("37", items="40", discount="3")}, "discounts", {0: {"title": "Item discounts", "price": 3, "tax_rate": 0}}),
    "an allocated code names the items' line": ({"items": [item(1, variant_id="7", discount_total=Decimal(2))], "discounts": [Discount(code="LINE", amount=Decimal(2), allocated=True)]}, "discounts.0.title", "Item discounts (LINE)"),
    "no discounts": ({}, "discounts", ABSENT),
    "fee title": ({"fees": [fee(2)]}, "fees.0.title", "Gift box"),
    "fee price": ({"fees": [fee(2)], "totals": totals("22", items="20", fees="2")}, "fees.0.price", 2),
    "fee tax_rate": ({"fees": [fee(2, tax_rate=QUARTER)]}, "fees.0.tax_rate", QUARTER),
    "a negative fee is a discount": ({"fees": [fee(-2, "Bonus")], "totals": totals("18", items="20", fees="-2")}, "discounts.0", {"title": "Bonus", "price": 2, "tax_rate": 0}),
    "handling is a fee": ({"totals": totals("24", items="20", handling="4")}, "fees.0", {"title": "Handling", "price": 4, "tax_rate": 0}),
    "rebates are a discount": ({"totals": totals("18", items="20", rebates="2")}, "discounts.0", {"title": "Rebate", "price": 2, "tax_rate": 0}),
    "rounding upwards is a fee": ({"totals": totals("20.02", items="20", rounding="0.02")}, "fees.0", {"title": "Rounding", "price": Decimal("0.02"), "tax_rate": 0}),
    "rounding downwards is a discount": ({"totals": totals("19.98", items="20", rounding="-0.02")}, "discounts.0", {"title": "Rounding", "price": Decimal("0.02"), "tax_rate": 0}),
    "no fees": ({}, "fees", ABSENT),
    "a price without tax is sent as it is": ({"items": [TAXED], "totals": NET}, "products.0.price", 10),
    "tax goes out of a price": ({"items": [item(1, variant_id="7", unit_price=Decimal("12.5"), tax_rate=QUARTER)], "totals": GROSS}, "products.0.price", 10),
    "tax goes out of a fee": ({"fees": [fee("12.5", tax_rate=QUARTER)], "totals": msgspec.structs.replace(totals("32.5", items="20", fees="12.5"), tax_included=True)}, "fees.0.price", 10),
    "four decimals, half to even": ({"items": [item(1, variant_id="7", unit_price=Decimal("1.00025"))]}, "products.0.price", Decimal("1.0002")),
}  # fmt: skip

TO_A_SHOP_OF_GROSS_PRICES = {
    "tax comes into a price": ({"items": [TAXED], "totals": NET}, "products.0.price", Decimal("12.5")),
    "a price with tax is sent as it is": ({"items": [item(1, variant_id="7", unit_price=Decimal("12.5"), tax_rate=QUARTER)], "totals": GROSS}, "products.0.price", Decimal("12.5")),
    "tax comes into a discount": ({"discounts": [Discount(amount=Decimal(5), tax_rate=QUARTER)]}, "discounts.0.price", Decimal("6.25")),
}  # fmt: skip


def sent(fields, **options):
    opened = account(Shop(models={"v512": 1014}, prices=options.get("prices", "net")), **options)
    opened.deliver(snapshot(order(**({"items": [ITEM]} | fields))))
    return opened.sent[0].body["lines"]


@pytest.mark.parametrize(("fields", "path", "value"), ROWS.values(), ids=ROWS.keys())
def test_a_line_is_sent_as_the_mapping_says(fields, path, value):
    assert at(sent(fields), path) == value


@pytest.mark.parametrize(
    ("fields", "path", "value"), TO_A_SHOP_OF_GROSS_PRICES.values(), ids=TO_A_SHOP_OF_GROSS_PRICES.keys()
)
def test_a_shop_that_takes_gross_prices_is_sent_them(fields, path, value):
    assert at(sent(fields, prices="gross"), path) == value


@pytest.mark.parametrize("lacking", [item(1, sku="v513"), item(1), item(1, variant_id="v-7")])
def test_an_item_without_an_article_is_rejected(lacking):
    outcome = account(Shop(models={"v512": 1014})).deliver(snapshot(order(items=[lacking])))
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REJECTED, Reason.NO_ARTICLE)


def test_the_articles_of_skus_are_kept_for_a_day():
    opened = account()
    opened.save(order(items=[item(1, sku="v512")]))
    kept = {name: for_s for name, (_, for_s) in opened.provider.memory.kept.items() if "article" in name}
    assert kept == {"openbizbox:article:v512": 86_400}


def test_an_order_whose_items_are_all_gone_has_no_products_key():
    """Quirk 3: an empty value would remove every line."""
    assert created(order(items=[item(1, quantity=Decimal(0))], totals=totals("0")))["lines"] == {}

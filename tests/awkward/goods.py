"""Lines of an order as shops have them: weighed, by the hundred thousand, at rounded prices, free, twice, with services."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from tests.awkward import texts
from tests.awkward.sums import EXACT, Json, line_total, with_services

Scale = int
"""How many decimals the order's currency has."""

ARTICLES = 40
"""Products 11 to 50; a variant has its product's number and 100 more."""


def money(rng: Random, low: float, high: float, scale: Scale) -> Decimal:
    """An amount of whole minor units; about a hundred times as many of a currency without any."""
    factor = 100 if scale == 0 else 1
    return fitted(Decimal(str(rng.uniform(low, high) * factor)), scale)


def fitted(amount: Decimal, scale: Scale) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, EXACT)


def written(amount: Decimal) -> str:
    return format(amount, "f")


def plain(rng: Random, scale: Scale) -> Json:
    return _priced(Decimal(rng.randint(1, 5)), money(rng, 0.5, 200, scale))


def weighed(rng: Random, scale: Scale) -> Json:
    quantity = Decimal(str(rng.uniform(0.05, 20))).quantize(Decimal(1).scaleb(-rng.randint(1, 6)))
    return _priced(quantity or Decimal("0.1"), money(rng, 0.5, 400, scale))


def by_the_thousand(rng: Random, scale: Scale) -> Json:
    """Small parts at a tenth of a cent and up, by up to 100,000 pieces."""
    price = Decimal(rng.randint(1, 99)).scaleb(-scale - 1)
    return _priced(Decimal(rng.choice((1000, 2500, 10_000, 33_333, 100_000))), price)


def finely_priced(rng: Random, scale: Scale) -> Json:
    """A price that was computed, with up to ten decimals."""
    price = fitted(money(rng, 1, 100, scale) / rng.choice((3, 7, Decimal("1.25"), Decimal("1.19"))), rng.randint(4, 10))
    return _priced(Decimal(rng.randint(1, 30)), price)


def of_a_set(rng: Random, scale: Scale) -> Json:
    """Several for a round sum: three for 10.00, each said to be 3.33."""
    pieces, total = rng.choice((3, 6, 7, 9, 12, 144)), money(rng, 5, 300, scale)
    return _priced(Decimal(pieces), fitted(total / pieces, scale)) | {"subtotal": written(total)}


def weighed_and_rounded(rng: Random, scale: Scale) -> Json:
    """Weighed goods of which the shop rounds each line to its minor unit."""
    item = weighed(rng, scale)
    return item | {"subtotal": written(fitted(line_total(item), scale))}


def free(rng: Random, scale: Scale) -> Json:
    return _priced(Decimal(rng.randint(1, 3)), Decimal(0))


def dear(rng: Random, scale: Scale) -> Json:
    return _priced(Decimal(rng.randint(1, 2)), money(rng, 90_000, 900_000, scale))


Make = Callable[[Random, Scale], Json]
KINDS: dict[Make, int] = {
    plain: 40, weighed: 14, by_the_thousand: 8, finely_priced: 10, of_a_set: 10, weighed_and_rounded: 8, free: 6, dear: 4,
}  # fmt: skip


def line(rng: Random, scale: Scale, number: int) -> Json:
    """One line of any kind; ``number`` tells it from the order's others."""
    [make] = rng.choices(list(KINDS), list(KINDS.values()))
    article = 11 + rng.randrange(ARTICLES)
    item: Json = {
        "id": f"line-{number}",
        "sku": f"SKU-{article}",
        "product_id": str(article),
        "variant_id": str(article + 100),
        "name": texts.product_name(rng),
        **make(rng, scale),
    }
    return item | _extras(rng)


def with_some_services(rng: Random, scale: Scale, item: Json) -> Json:
    """The line with one service, or with two variants of one."""
    services: list[Json] = []
    for variant in rng.choice((("81",), ("81", "82"))):
        price = written(money(rng, 0, 12, scale))
        service = {"service_id": "8", "service_variant_id": variant, "name": f"Engraving {variant}", "price": price}
        services.append(service | ({"id": f"{item['id']}-{variant}"} if rng.random() < 0.5 else {}))
    if rng.random() < 0.1:
        off = fitted(EXACT.multiply(Decimal(item["quantity"]), Decimal(services[0]["price"])), scale)
        services[0]["discount_total"] = written(off)
    return item | {"services": services}


def discounted(rng: Random, scale: Scale, item: Json) -> Json:
    """The line with something off, all of it at times."""
    share = Decimal(rng.choice(("0.1", "0.1234", "0.5", "1")))
    off = fitted(EXACT.multiply(line_total(item), share), scale)
    return item | {"discount_total": written(min(off, with_services(item)))}


def again(item: Json, number: int) -> Json:
    """The same line once more, under another id."""
    return item | {"id": f"line-{number}"}


def _priced(quantity: Decimal, price: Decimal) -> Json:
    return {"quantity": written(quantity), "unit_price": written(price)}


def _extras(rng: Random) -> Json:
    some: dict[str, Any] = {}
    if rng.random() < 0.3:
        some["weight"] = rng.choice(("0.35", "1.5", "0.0125"))
    if rng.random() < 0.15:
        some["variation"] = {rng.choice(("Color", "Цвет", "サイズ")): rng.choice(("Blue", "синий", "大"))}
    if rng.random() < 0.1:
        some["variation_code"] = "42-B"
    if rng.random() < 0.05:
        some["stock_id"] = "2"
    if rng.random() < 0.1:
        some["metadata"] = {"gift": True, "row": 7}
    if rng.random() < 0.1:
        some["delivery_type"] = rng.choice(("ship", "noship", "download", "future"))
    if rng.random() < 0.1:
        some["category"] = "Kitchen & Bath"
    return some

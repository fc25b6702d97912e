"""The played OpenBizBox: lists, the search, and the mapping of models."""

from urllib.parse import quote

import pytest

from tests.fakes.openbizbox_till import Till


@pytest.fixture
def till():
    return Till()


@pytest.mark.parametrize("path", ["/api/v1/orders", "/api/v2/orders", "/api/v2/orders.json"])
def test_orders_are_listed_as_a_bare_array(till, path):
    """4 operations, read [docs: README, orders.php]."""
    ids = [till.create()["id"] for _ in range(3)]
    assert [order["id"] for order in till.call("GET", f"{path}?limit=1&from=1")[1]] == ids[1:2]
    assert [order["id"] for order in till.call("GET", path)[1]] == ids


@pytest.fixture
def two(till):
    """An old order and a new one of another buyer; the new one has an article with a model."""
    [row] = till.call("POST", "/api/v3/products/mapping.json", {"models": ["v512"]})[1]
    old = till.create(created_at="2012-12-12 14:14")["id"]
    jane = {"email": "Jane@Example.com", "name": "Jane Roe"}
    lines = {"products": [{"product_article_id": 7}, {"product_article_id": row["variant_id"]}]}
    new = till.create(customer=jane, created_at="2020-01-01 00:00", status=5, lines=lines)["id"]
    return {"old": old, "new": new}


@pytest.mark.parametrize(
    ("fiql", "found"),
    [
        ("", "old new"),
        ("email==jane@example.com", "new"),
        ("email==jane@example.com;created_at=gte=2020-01-02", ""),
        ("email==jane@example.com,status==4", "old new"),
        ("created_at=lt=2012-12-12 14:15", "old"),
        ("created_at=lte=2012-12-12 14:14:00", "old"),
        ("modified_at=gt=2012-12-12", "old new"),
        ("id=gte={new}", "new"),
        ("id=gt={new}", ""),
        ("id=!={old}", "new"),
        ("id=in=({old},{new})", "old new"),
        ("id=not-in=({old})", "new"),
        ("email=in=(jane@example.com,ud@example.org)", "new"),
        ("customer==1500", "old"),
        ("status==5", "new"),
        ("name=like=jane*", "new"),
        ("name=not-like=jane*", "old"),
        ("(name==Jane Roe,name==Ludvig Forbes);status==4", "old"),
        ("name==Jane Roe,name==Ludvig Forbes;status==5", "new"),
        ("model==v512", "new"),
        ("model=like=*51", "new"),
        ("model=null=", "old"),
        ("model=not-null=", "new"),
        ("shipping_method=null=", "old new"),
        ("shipping_method==1", ""),
    ],
)
def test_a_search_takes_the_vendors_fields_and_operators(till, two, fiql, found):
    """4 operations, search [docs: filters.md]."""
    assert till.found(fiql.format(**two)) == [two[name] for name in found.split()]


@pytest.mark.parametrize(
    "fiql",
    [
        "created_at=ge=2020-01-01",
        "reference==1",
        "comment==Ring",
        "id==seven",
        "id",
        "id=like=7*",
        "()",
        "created_at==yesterday",
    ],
)
def test_a_search_that_the_vendor_does_not_know_is_refused(till, fiql):
    """4 operations, search [docs]: there is no field for a reference of ours, and no ``=ge=``."""
    assert till.search(fiql)[0] == 400


def test_a_search_is_paged(till):
    """4 operations, search [docs: the list of coupons]."""
    ids = [till.create()["id"] for _ in range(3)]
    _, second = till.search("email==user@openbizbox.com", page=2, limit=2)
    resources = second.pop("_embedded")
    assert second == {"total": 3, "page": 2, "limit": 2, "pages": 2}
    assert (resources["rel"], [order["id"] for order in resources["resources"]]) == ("orders", ids[2:])


def test_an_index_that_lags_finds_an_order_later(till):
    till.shop.hide_new(30)
    order_id = till.create()["id"]
    assert till.found("email==user@openbizbox.com") == []
    assert till.call("GET", f"/api/v2/orders/{order_id}.json")[0] == 200
    till.now += 30
    assert till.found("email==user@openbizbox.com") == [order_id]


def test_a_buyer_whose_email_changed_is_found_by_the_new_one(till):
    order_id = till.create()["id"]
    till.call("PUT", f"/api/v2/orders/{order_id}.json", {"customer": {"email": "new@example.com"}})
    assert till.found("email==user@openbizbox.com") == []
    assert till.found(quote("email==new@example.com", safe="=@")) == [order_id]


def test_models_are_mapped_to_articles():
    """4 body of create, SKU to variant [docs: models.md]."""
    till = Till(models={"v512": 1014})
    asked = {"models": ["v512", "v513"]}
    mapped = till.call("POST", "/api/v3/products/mapping.json", asked)[1]
    assert mapped == [{"model": "v512", "product_id": 14, "variant_id": 1014}]
    shown = till.create(lines={"products": [{"product_article_id": 1014}]})
    assert shown["lines"]["products"][0]["model"] == "v512"


def test_a_shop_without_a_catalogue_has_an_article_for_every_model(till):
    rows = till.call("POST", "/api/v3/products/mapping.json", {"models": ["v512", "v513", "", 7]})[1]
    assert [row["model"] for row in rows] == ["v512", "v513"]
    assert len({row["variant_id"] for row in rows}) == 2


@pytest.mark.parametrize("sent", [{}, {"models": "v512"}])
def test_a_mapping_of_no_models_is_refused(till, sent):
    assert till.call("POST", "/api/v3/products/mapping.json", sent)[0] == 400

import pytest
from marshmallow import ValidationError

from schemas.config import Secret
from schemas.providers.shopscript import ShopProduct, ShopScriptOptions, ShopScriptOptionsSchema
from tests.fakes.shop import account

LEAST = {"access_token": Secret("T")}


def test_the_least_settings_are_a_token():
    options = ShopScriptOptionsSchema().load(LEAST)
    assert options == ShopScriptOptions(access_token=Secret("T"))
    assert (options.token_in, options.format, options.max_input_vars) == ("header", "json", 1000)
    assert options.calculate_discount is False


def test_all_settings_are_read():
    given = {"token_in": "form", "format": "xml", "max_input_vars": 3000, "calculate_discount": True}
    options = ShopScriptOptionsSchema().load(LEAST | given | {"products": {"A-1": {"product_id": 1, "sku_id": 2}}})
    assert (options.token_in, options.format, options.max_input_vars) == ("form", "xml", 3000)
    assert options.calculate_discount
    assert options.products == {"A-1": ShopProduct(product_id=1, sku_id=2)}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"access_token": " "}, "access_token"),
        ({"access_token": "a\nb"}, "access_token"),
        ({"token_in": "query"}, "token_in"),
        ({"format": "yaml"}, "format"),
        ({"max_input_vars": 99}, "max_input_vars"),
        ({"max_input_vars": "1000"}, "max_input_vars"),
        ({"calculate_discount": "yes"}, "calculate_discount"),
        ({"products": {"A": {"product_id": 1}}}, "products"),
        ({"products": {"A": {"product_id": 0, "sku_id": 1}}}, "products"),
        ({"products": {"A": {"product_id": 1, "sku_id": 1, "x": 1}}}, "products"),
        ({"tokenin": "form"}, "tokenin"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_its_name(given, field):
    with pytest.raises(ValidationError) as refused:
        ShopScriptOptionsSchema().load(LEAST | given)
    assert list(refused.value.messages) == [field]


def test_the_token_is_required():
    with pytest.raises(ValidationError):
        ShopScriptOptionsSchema().load({})


@pytest.mark.parametrize(
    ("actions", "warned"), [(("refund", "delete"), False), (("refnud", "delete"), True), (("complete",), False)]
)
def test_an_action_that_no_shop_has_of_itself_is_warned_of(actions, warned):
    advice = list(account(cancelled=actions).advice([]))
    assert len(advice) == int(warned)
    assert all("`refnud`" in sentence for sentence in advice)


def test_the_shop_finds_orders_by_source_and_number_and_knows_no_conflict_of_keys():
    assert account().sends_key is False

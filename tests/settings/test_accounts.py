"""A provider's table: every wrong setting is one clear sentence, and each kind reads its own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from marshmallow import Schema, fields

from schemas import providers as kinds
from schemas.config import Config, Rate, ReconcileConfig
from schemas.providers.shopscript import ShopProduct
from worker.errors import ConfigError
from worker.settings import load_settings, provider_digest
from worker.settings.accounts import NOT_ASKED
from worker.settings.references import holds_secrets

DESK = """
[providers.desk]
kind = "orderdesk"
store_id = { env = "DESK_STORE" }
api_key = { env = "DESK_KEY" }
"""

SHOP = """
[providers.shop]
kind = "shopscript"
base_url = "https://shop.example"
access_token = { env = "SHOP_TOKEN" }
"""


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(text: str) -> Config:
    Path("ordercast.toml").write_text(text)
    return load_settings(environ={"DESK_STORE": "77", "DESK_KEY": "planted-key", "SHOP_TOKEN": "planted-token"})


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return caught.value.problems


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('ordr_key = "{number}"', "ordr_key: is not a setting; did you mean order_key?"),
        ('order_key = "{source}"', "order_key: must be a text with {number} in it"),
        ('order_key = "{number}{x}"', "order_key: may use {number} and {source}, and no other braces"),
        ('base_url = "http://desk.example"', "base_url: must start with https://; plain http needs allow_http = true"),
        ('base_url = "https://me:pw@desk.example"', "base_url: must not carry credentials"),
        ('base_url = "desk.example"', "base_url: must be an address that starts with https://"),
        ('base_url = "https://[::1"', "base_url: must be an address that starts with https://"),
        ("settle_s = 10", "settle_s: must be at least timeout.total_s (45)"),
        ("timeout = { total_s = 90 }", "settle_s: must be at least timeout.total_s (90)"),
        ("timeout = { total = 9 }", "timeout.total: is not a setting; did you mean total_s?"),
        ("gate = { cool_down_s = 400 }", "gate.cool_down_cap_s: must be at least cool_down_s (400)"),
        ("retry = { cap_s = 1 }", "retry.cap_s: must be at least first_s (5)"),
        ("retry = { factor = 0.5 }", "retry.factor: must be a number from 1 on"),
        ("retry = { first_s = nan }", "retry.first_s: must be a number above 0"),
        ("rate = { per_second = 0, burst = 1 }", "rate.per_second: must be a number above 0"),
        ("rate = 3", "rate: must be a table, such as { name = value }"),
        ("max_in_flight = true", "max_in_flight: must be a whole number from 1 on"),
        ("max_in_flight = 0", "max_in_flight: must be a whole number from 1 on"),
        ('after_dead = "wait"', "after_dead: must be one of block, continue"),
        ('currency = "EURO"', "currency: must be a currency of ISO 4217"),
        ('events = ["order.made"]', "events: must match kinds of event"),
        ('sources = "shop/*"', "sources: must be a list of texts"),
        ("sources = []", "sources: must be a list of texts"),
        ('placeholder_name = ""', "placeholder_name: must be a name of 1 to 64 characters, such as Customer"),
        ("placeholder_name = 3", "placeholder_name: must be a name of 1 to 64 characters, such as Customer"),
        ('test_events = "yes"', "test_events: must be true or false"),
        ("reconcile = { sample = 9 }", "reconcile.every_h: is required"),
        ("reconcile = { every_h = 0.5 }", "reconcile.every_h: must be a number from 1 on"),
        ("reconcile = { every_h = 24, sample = 0 }", "reconcile.sample: must be a whole number from 1 on"),
        ("reconcile = { every_h = 24, since = 7 }", "reconcile.since: is not a setting; did you mean since_days?"),
        ('reconcile = { every_h = 24, heal = "yes" }', "reconcile.heal: must be true or false"),
        ("reconcile = 24", "reconcile: must be a table, such as { name = value }"),
    ],
)
def test_a_wrong_setting_is_one_clear_sentence(line: str, said: str) -> None:
    (problem,) = problems(f"{DESK}{line}\n")
    assert problem.startswith(f"providers.desk.{said}")


def test_a_schedule_only_tells_unless_it_says_otherwise_and_without_one_the_digest_is_as_before() -> None:
    desk = load(f"{DESK}reconcile = {{ every_h = 24 }}\n").providers["desk"]
    assert desk.reconcile == ReconcileConfig(every_h=24, sample=50, since_days=7, heal=False)
    plain = load(DESK).providers["desk"]
    assert plain.reconcile is msgspec.UNSET
    assert "reconcile" not in msgspec.to_builtins(plain, enc_hook=str)
    assert provider_digest(plain) != provider_digest(desk)


@pytest.mark.parametrize("kind", kinds.OPTIONS)
def test_a_schedule_of_an_account_that_cannot_be_asked_is_refused(kind: str) -> None:
    table = f'[providers.x]\nkind = "{kind}"\nreconcile = {{ every_h = 24 }}\n'
    said = [one for one in problems(table) if one.startswith("providers.x.reconcile")]
    assert said == ([] if kinds.defaults(kind).is_asked else [f"providers.x.reconcile: {NOT_ASKED}"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('products."A" = { product_id = 1 }', ["products.A.sku_id: is missing"]),
        (
            'products."A" = { product = 1, sku_id = 2 }',
            [
                "products.A.product: is not a setting; did you mean product_id?",
                "products.A.product_id: is missing",
            ],
        ),
        ('products."A" = 1', ["products.A: must be a table"]),
        ('workflow.cancelled = "delete"', ['workflow.cancelled: must be a list, as in ["refund", "delete"]']),
        ("workflow.cancelled = []", ["workflow.cancelled: must name an action at least"]),
        ("workflow.canceled = []", ["workflow.canceled: is not a setting; did you mean cancelled?"]),
        ("workflow = []", ["workflow: must be a table"]),
        ("products = 3", ["products: must be a table, such as { name = value }"]),
        ("workflow.cancelled = [1]", ['workflow.cancelled.0: must be a text in quotes, such as "one"']),
        ('fractions = "yes"', ["fractions: must be true or false"]),
        ("late_tracking = 1", ["late_tracking: must be true or false"]),
    ],
)
def test_a_fault_inside_a_shops_tables_is_told_with_the_whole_path_to_it(line: str, said: list[str]) -> None:
    assert sorted(problems(f"{SHOP}{line}\n")) == [f"providers.shop.{one}" for one in said]


def test_a_shops_tables_without_a_fault_are_read() -> None:
    tables = 'workflow.cancelled = ["refund", "delete"]\nproducts."A" = { product_id = 1, sku_id = 2 }\n'
    shop = load(SHOP + tables).providers["shop"].options
    assert (shop.cancelled, shop.products) == (("refund", "delete"), {"A": ShopProduct(product_id=1, sku_id=2)})


@pytest.mark.parametrize(
    "line",
    [
        'base_url = "http://127.0.0.1:8721/orderdesk"',
        'base_url = "http://[::1]:1"',
        'base_url = "http://localhost/x"',
        'base_url = "http://desk.example"\nallow_http = true',
    ],
)
def test_plain_http_goes_to_this_machine_or_where_it_is_allowed(line: str) -> None:
    assert load(f"{DESK}{line}\n").providers["desk"].base_url.startswith("http://")


@pytest.mark.parametrize("name", ["Desk", "1st", "a" * 33, "a.b", "ä"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    assert "a provider's name is" in problems(DESK.replace("providers.desk", f'providers."{name}"'))[0]


@pytest.mark.parametrize(
    ("kind", "secrets"),
    [
        ("retargeting", {"api_key"}),
        ("shopscript", {"access_token"}),
        ("orderdesk", {"api_key"}),
        ("openbizbox", {"client_secret"}),
        ("webhook", {"secret"}),
    ],
)
def test_each_kind_says_which_of_its_settings_are_secret(kind: str, secrets: set[str]) -> None:
    schema = kinds.options_schema(kind)()
    assert {name for name, field in schema.fields.items() if holds_secrets(field)} == secrets


@pytest.mark.parametrize("spelt", ['"77"', '{ env = "DESK_STORE" }', '{ file = "store" }'])
def test_an_id_that_is_no_secret_stands_in_the_file_or_elsewhere(spelt: str) -> None:
    Path("store").write_text("77\n")
    desk = load(DESK.replace('{ env = "DESK_STORE" }', spelt)).providers["desk"]
    assert desk.options.store_id == "77"


@pytest.mark.parametrize("spelt", ["77", '"7 7"', '""', '["77"]'])
def test_an_id_that_no_vendor_gives_is_refused(spelt: str) -> None:
    [said] = problems(DESK.replace('{ env = "DESK_STORE" }', spelt))
    assert said == 'providers.desk.store_id: must be the store\'s id as text, such as "1001"'


class OutsideOptions(Schema):
    token = fields.String(required=True, metadata={"secret": True})


class Outside:
    options_schema = OutsideOptions
    default_base_url = "https://outside.example"
    default_rate = (5.0, 10.0)
    default_max_in_flight = 4
    is_log = False


def test_a_kind_may_come_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = SimpleNamespace(name="outside", load=lambda: Outside)

    def entry_points(*, group: str, name: str = "outside") -> list[SimpleNamespace]:
        return [entry] if (group, name) == (kinds.ENTRY_POINT_GROUP, "outside") else []

    monkeypatch.setattr(kinds, "entry_points", entry_points)
    assert kinds.kinds()[-1] == "outside"
    assert kinds.options_schema("outside") is OutsideOptions
    assert kinds.defaults("outside") == kinds.Defaults("https://outside.example", Rate(per_second=5, burst=10), 4)
    with pytest.raises(KeyError):
        kinds.options_schema("nobody")

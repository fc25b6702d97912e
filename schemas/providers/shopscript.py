"""Shop-Script: an account's own settings, and what its answers look like.

Sources: the method page ``shop.order.save``; webasyst/shop-script ``05ada83`` (12.4.0) and webasyst-framework
``d6fed67`` (3.8.4), run on loopback (November 2026).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import msgspec
from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates

from schemas.config import Secret
from schemas.providers.secret import SecretText
from schemas.shapes import reader


class ShopProduct(msgspec.Struct, frozen=True):
    """A variant in the shop's catalogue."""

    product_id: int
    sku_id: int


class ShopScriptOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The kind's own settings.

    ``token_in`` says where the token goes: a shop too old for the header takes it as a form field (and, on calls that
    only read, in the address). ``max_input_vars`` is the setting of that name in the shop's PHP.
    ``calculate_discount`` leaves discounts to the shop's own rules. ``products`` maps our SKU to the shop's variant.
    """

    access_token: Secret
    token_in: Literal["header", "form"] = "header"  # noqa: S105  a place, no token
    format: Literal["json", "xml"] = "json"
    max_input_vars: int = 1000
    calculate_discount: bool = False
    products: dict[str, ShopProduct] = {}


class _ShopProductSchema(Schema):
    class Meta:
        unknown = RAISE

    product_id = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    sku_id = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))

    @post_load
    def _product(self, settings: dict[str, Any], **_: Any) -> ShopProduct:
        return ShopProduct(**settings)


class ShopScriptOptionsSchema(Schema):
    """Reads the kind's own settings; the result is ``ShopScriptOptions``."""

    class Meta:
        unknown = RAISE

    access_token = SecretText(required=True)
    token_in = fields.String(validate=validate.OneOf(["header", "form"]))
    format = fields.String(validate=validate.OneOf(["json", "xml"]))
    max_input_vars = fields.Integer(strict=True, validate=validate.Range(min=100, max=1_000_000))
    calculate_discount = fields.Boolean(truthy={True}, falsy={False})
    products = fields.Dict(
        keys=fields.String(validate=validate.Length(min=1)), values=fields.Nested(_ShopProductSchema)
    )

    @validates("access_token")
    def _fits_a_header(self, token: Secret, **_: Any) -> None:
        if not token.reveal().isascii() or not token.reveal().isprintable():
            raise ValidationError("This token has characters that no header can carry.")

    @post_load
    def _options(self, settings: dict[str, Any], **_: Any) -> ShopScriptOptions:
        return ShopScriptOptions(**settings)


class HeldLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as the shop holds it. A service is a line of its own, under its product line ``parent_id``.

    ``price`` is of one piece, ``total_discount`` of all of them, both in the order's currency.
    """

    id: int
    type: str | None = "product"
    product_id: int | None = None
    sku_id: int | None = None
    service_id: int | None = None
    service_variant_id: int | None = None
    parent_id: int | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    total_discount: Decimal | None = None


class HeldOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the shop holds it. ``total`` is its own sum: lines less ``discount``, shipping, tax not included.

    ``state_id`` is its place in the shop's workflow, which shops can redefine. ``comment`` is the buyer's text.
    """

    id: int
    total: Decimal
    state_id: str = ""
    comment: str | None = None
    items: list[HeldLine] = []
    params: dict[str, Any] = {}
    currency: str | None = None
    discount: Decimal | None = None
    shipping: Decimal | None = None
    tax: Decimal | None = None
    contact_id: int | None = None


def read_order(tree: dict[str, Any]) -> HeldOrder:
    """The order in a decoded answer of getInfo, or one row of a search. Raises ``msgspec.ValidationError``.

    All numbers and ids are texts; the lines are a map by id in getInfo and a list in a search; an empty map is a list.
    """
    params = tree.get("params")
    whole = {**tree, "items": rows(tree.get("items"), "item"), "params": params if isinstance(params, dict) else {}}
    order: HeldOrder = _read_order(whole)
    return order


def read_hits(tree: dict[str, Any]) -> list[HeldOrder]:
    """The orders in a decoded answer of search. Raises ``msgspec.ValidationError`` where it is no such answer."""
    if "orders" not in tree and "count" not in tree:
        raise msgspec.ValidationError("neither orders nor a count")
    return [read_order(row) for row in rows(tree.get("orders"), "order") if isinstance(row, dict)]


def read_actions(tree: object) -> frozenset[str]:
    """The ids in a decoded answer of actions: a list of maps, of which XML leaves the ids alone, one beside another.

    Raises ``msgspec.ValidationError`` where it is no such answer.
    """
    if isinstance(tree, dict):
        ids = tree.get("id") if tree else []
        return frozenset(_read_texts(ids if isinstance(ids, list) else [ids]))
    return frozenset(action.id for action in _read_actions(tree))


def read_moved(tree: dict[str, Any]) -> str:
    """The state after an action, from its decoded answer. Raises ``msgspec.ValidationError``."""
    state: str = _read_moved(tree).after_state_id
    return state


class _OpenAction(msgspec.Struct, frozen=True):
    id: str


class _Moved(msgspec.Struct, frozen=True):
    after_state_id: str


_read_order = reader(HeldOrder, strict=False)
_read_texts = reader(list[str])
_read_actions = reader(list[_OpenAction])
_read_moved = reader(_Moved)


def rows(branch: object, name: str) -> list[Any]:
    """What stands in a list, whether it came as a list, as a map by id, or as XML elements of this name."""
    if not isinstance(branch, dict):
        return list(branch) if isinstance(branch, list) else []
    if branch.keys() == {name}:
        return branch[name] if isinstance(branch[name], list) else [branch[name]]
    return list(branch.values())

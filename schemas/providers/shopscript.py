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
from schemas.fields import Flag
from schemas.providers.secret import SecretText
from schemas.shapes import reader

APP_ADMIN, ALL_ORDERS = 2, 100
HIGHEST = 10**12  # amounts are decimal(15,4), and what is above has been made up on the way


class ShopProduct(msgspec.Struct, frozen=True):
    """A variant in the shop's catalogue."""

    product_id: int
    sku_id: int


class ShopScriptOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The kind's own settings.

    ``token_in`` says where the token goes: a shop too old for the header takes it as a form field (and, on calls that
    only read, in the address). ``max_input_vars`` is the setting of that name in the shop's PHP.
    ``calculate_discount`` leaves discounts to the shop's own rules. ``fractions`` says that the shop's settings allow
    parts of a piece. ``customer_address`` sends the addresses to the customer too, by whose address alone the shop
    computes taxes. ``late_tracking`` tells the shop of a tracking number that comes after the order was shipped there.
    ``cancelled`` are the actions that end an order that is cancelled, in turn. ``products`` maps our SKU to the shop's
    variant.
    """

    access_token: Secret
    token_in: Literal["header", "form"] = "header"  # noqa: S105  a place, no token
    format: Literal["json", "xml"] = "json"
    max_input_vars: int = 1000
    calculate_discount: bool = False
    fractions: bool = False
    customer_address: bool = False
    late_tracking: bool = False
    cancelled: tuple[str, ...] = ("delete",)
    products: dict[str, ShopProduct] = {}


class _Table(Schema):
    class Meta:
        unknown = RAISE

    error_messages = {"type": "must be a table"}  # noqa: RUF012  as marshmallow has it


class _WorkflowSchema(_Table):
    cancelled = fields.List(
        fields.String(validate=validate.Regexp(r"[a-z0-9_-]{1,64}\Z", error="must be an action's id, such as refund")),
        validate=validate.Length(min=1, error="must name an action at least"),
        error_messages={"invalid": 'must be a list, as in ["refund", "delete"]'},
    )


class _ShopProductSchema(_Table):
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
    calculate_discount = Flag()
    fractions = Flag()
    customer_address = Flag()
    late_tracking = Flag()
    workflow = fields.Nested(_WorkflowSchema)
    products = fields.Dict(
        keys=fields.String(validate=validate.Length(min=1)), values=fields.Nested(_ShopProductSchema)
    )

    @validates("access_token")
    def _fits_a_header(self, token: Secret, **_: Any) -> None:
        if token.missing:
            return
        if not token.reveal().isascii() or not token.reveal().isprintable():
            raise ValidationError("This token has characters that no header can carry.")

    @post_load
    def _options(self, settings: dict[str, Any], **_: Any) -> ShopScriptOptions:
        workflow = settings.pop("workflow", {})
        if "cancelled" in workflow:
            settings["cancelled"] = tuple(workflow["cancelled"])
        return ShopScriptOptions(**settings)


class HeldLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as the shop holds it. A service is a line of its own, under its product line ``parent_id``.

    ``price`` is of one piece, ``total_discount`` of all of them, both in the order's currency. ``name`` is the
    catalogue's, empty where the shop has no such product, variant or service.
    """

    id: int
    name: str | msgspec.UnsetType | None = msgspec.UNSET
    type: str | None = "product"
    product_id: int | None = None
    sku_id: int | None = None
    service_id: int | None = None
    service_variant_id: int | None = None
    parent_id: int | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    total_discount: Decimal | None = None
    stock_id: int | None = None


class HeldOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the shop holds it. ``total`` is its own sum: lines less ``discount``, shipping, tax not in prices.

    ``state_id`` is its place in the shop's workflow, which shops can redefine. ``comment`` is the buyer's text.
    ``rate`` is its currency's, 0 where the shop has not set it up. ``contact`` is shown by getInfo alone.
    """

    id: int
    total: Decimal
    state_id: str = ""
    comment: str | None = None
    items: list[HeldLine] = []
    params: dict[str, Any] = {}
    currency: str | None = None
    rate: Decimal | None = None
    discount: Decimal | None = None
    shipping: Decimal | None = None
    tax: Decimal | None = None
    contact_id: int | None = None
    contact: dict[str, Any] | None = None


def read_order(tree: dict[str, Any]) -> HeldOrder:
    """The order in a decoded answer of getInfo, or one row of a search. Raises ``msgspec.ValidationError``.

    All numbers and ids are texts; the lines are a map by id in getInfo and a list in a search; an empty map is a list.
    """
    params, contact = tree.get("params"), tree.get("contact")
    whole = {
        **tree,
        "items": rows(tree.get("items"), "item"),
        "params": params if isinstance(params, dict) else {},
        "contact": contact if isinstance(contact, dict) else None,
    }
    order: HeldOrder = _read_order(whole)
    sums = [order.total, order.rate, order.discount, order.shipping, order.tax]
    sums += [number for line in order.items for number in (line.quantity, line.price, line.total_discount)]
    if any(number is not None and not (number.is_finite() and abs(number) < HIGHEST) for number in sums):
        raise msgspec.ValidationError("an amount that no column of the shop's holds")
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


def sees_all_orders(tree: object) -> bool:
    """Whether a decoded answer of ``shop.rights`` tells of a user who sees every order: 100 of ``orders``, or the
    rights to all of the app; less is his own ones (run on loopback, 2026-11-29)."""
    rights = tree if isinstance(tree, dict) else {}
    return _whole(rights.get("backend")) >= APP_ADMIN or _whole(rights.get("orders")) >= ALL_ORDERS


def _whole(right: object) -> int:
    text = str(right or 0)
    return int(text) if text.isdecimal() and len(text) <= 10 else 0  # noqa: PLR2004  ten digits: int(11)


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

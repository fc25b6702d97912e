"""OpenBizBox: an account's own settings, and what its answers look like.

Sources: the vendor's page "Order" (goldenplanetdk/api-example, 2020-02-20), its "Response example" for the answers.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from schemas.config import Secret
from schemas.fields import Flag, Matching
from schemas.order_schema import STATUSES
from schemas.providers.secret import SecretText

ID_DIGITS = 20
AMOUNT_DIGITS, AMOUNT_DECIMALS = 18, 60  # 0.1 + 0.2 has 17 decimals
AMOUNT_LIMIT = Decimal(10) ** AMOUNT_DIGITS


class OpenBizBoxOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What an OpenBizBox account needs beside what every provider has.

    ``client_id`` is no secret. ``order_id_offset`` plus a whole ``order_key`` is the order's id in the shop: for shops
    that keep a range of numbers for us. ``timezone`` is the shop's, ``prices`` what its API takes. ``mark`` says where
    an order carries our source and number, so that it can be found again: in its comment, or nowhere. ``quiet`` says
    that the shop never mails the buyer for us. ``statuses`` maps our status, ``customer_types`` our customer group to
    the shop's ids; ``currencies`` a currency to the code the shop takes.
    """

    client_id: str
    client_secret: Secret
    order_id_offset: int | None = None
    timezone: str = "UTC"
    prices: Literal["net", "gross"] = "net"
    mark: Literal["comment", "none"] = "comment"
    quiet: bool = False
    statuses: dict[str, int] = {}
    currencies: dict[str, str] = {}
    customer_types: dict[str, int] = {}

    @property
    def zone(self) -> tzinfo:
        return UTC if self.timezone == "UTC" else ZoneInfo(self.timezone)

    def shop_time(self, instant: datetime) -> str:
        """``2012-12-12 14:14``: the shop's own time, without a zone (page "Order")."""
        return instant.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")


def _known_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError) as cause:
        raise ValidationError("This is no time zone of the tz database, such as Europe/Copenhagen.") from cause


_ID = fields.Integer(strict=True, validate=validate.Range(min=1))
_NAME = fields.String(validate=validate.Length(min=1, max=128))


class OpenBizBoxOptionsSchema(Schema):
    """An OpenBizBox account's settings from plain values (design 9). Loads to ``OpenBizBoxOptions``."""

    class Meta:
        unknown = RAISE

    client_id = Matching(r"[!-~]{1,255}", "the client's id as text", required=True)
    client_secret = SecretText(required=True)
    order_id_offset = fields.Integer(strict=True, validate=validate.Range(min=0, max=2_000_000_000))
    timezone = fields.String(validate=_known_zone)
    prices = fields.String(validate=validate.OneOf(["net", "gross"]))
    mark = fields.String(validate=validate.OneOf(["comment", "none"]))
    quiet = Flag()
    statuses = fields.Dict(keys=fields.String(validate=validate.OneOf(STATUSES)), values=_ID)
    currencies = fields.Dict(
        keys=fields.String(validate=validate.Regexp(r"[A-Z]{3}\Z")),
        values=fields.String(validate=validate.Length(3, 3)),
    )
    customer_types = fields.Dict(keys=_NAME, values=_ID)

    @post_load
    def _options(self, settings: dict[str, Any], **_: Any) -> OpenBizBoxOptions:
        return OpenBizBoxOptions(**settings)


class HeldLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line as the shop holds it. Prices are of one piece; a discount's are positive here, negative in answers."""

    id: str | None
    article: int | None
    model: str
    title: str
    quantity: Decimal
    price: Decimal
    price_with_tax: Decimal
    tax_rate: Decimal
    weight: Decimal | None

    def price_in(self, prices: str) -> Decimal:
        return self.price if prices == "net" else self.price_with_tax


class HeldOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One order as the shop holds it.

    ``sections`` are customer, addresses, currency and status as a request would write them: objects with an ``id``
    are that id. ``whole`` says that the answer carried the lines. ``created_at`` is aware. ``refunded`` is
    money given back of what was captured; the page's own example does not show it, version 3 does (page "Capturing an
    order").
    """

    id: str
    comment: str
    created_at: datetime | None
    sections: dict[str, Any]
    whole: bool
    products: list[HeldLine]
    discounts: list[HeldLine]
    fees: list[HeldLine]
    shipping: HeldLine | None
    payment: HeldLine | None
    total: Decimal | None
    total_with_tax: Decimal | None
    status_title: str = ""
    is_cancelled: bool = False
    refunded: Decimal | None = None

    @property
    def is_refunded(self) -> bool:
        """Whether all of the order's money is seen to have been given back."""
        return bool(self.refunded and self.total_with_tax and self.refunded >= self.total_with_tax)

    @property
    def customer_id(self) -> str | None:
        return read_id(_map(self.sections.get("customer")).get("id"))

    @property
    def email(self) -> str:
        return read_text(_map(self.sections.get("customer")).get("email"))

    @property
    def currency(self) -> str:
        return read_text(_map(self.sections.get("currency")).get("code"))


def read_json(body: bytes) -> Any:
    """The JSON of an answer, its numbers exact. Raises ``ValueError`` where it is none."""
    try:
        return json.loads(body, parse_float=_number, parse_constant=_no_number)
    except RecursionError as cause:
        raise ValueError("nested too deep") from cause


def read_order(tree: object) -> HeldOrder | None:
    """The order in an answer, ``None`` where there is none (no ``id``)."""
    order = _map(tree)
    order_id = read_id(order.get("id"))
    if order_id is None:
        return None
    lines, status = _map(order.get("lines")), _map(order.get("status"))
    return HeldOrder(
        id=order_id,
        comment=read_text(order.get("comment")),
        created_at=read_instant(order.get("created_at")),
        sections={name: _as_sent(order.get(name)) for name in _SECTIONS},
        whole="lines" in order,
        products=_lines(lines.get("products")),
        discounts=_lines(lines.get("discounts")),
        fees=_lines(lines.get("fees")),
        shipping=_line(lines.get("shipping")),
        payment=_line(lines.get("payment")),
        total=read_amount(order.get("total")),
        total_with_tax=read_amount(order.get("total_with_tax")),
        status_title=read_text(status.get("title")),
        is_cancelled=status.get("is_cancelled") in (True, "1"),
        refunded=read_amount(order.get("refunded")),
    )


def read_id(value: object) -> str | None:
    """A whole number or a text of digits, as text; ``None`` for anything else, and for more digits than an id has."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or len(text) > ID_DIGITS:
        return None
    return text if text.isascii() and text.isdecimal() else None


def read_amount(value: object) -> Decimal | None:
    """A number, or a text that is one (the vendor writes both); ``None`` for anything else, and for one so large or so
    fine that arithmetic overflows: it is no order's."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or not -AMOUNT_DECIMALS <= exponent <= AMOUNT_DIGITS:
        return None
    return amount if -AMOUNT_LIMIT < amount < AMOUNT_LIMIT else None


def read_text(value: object) -> str:
    """A text without the HTML entities that the shop leaves in it (``1,45&nbsp;DKK``)."""
    return html.unescape(value) if isinstance(value, str) else ""


def read_instant(value: object) -> datetime | None:
    """An aware instant; ``None`` for ``-0001-11-30T00:00:00+0100``, which is how the shop writes that there is none."""
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S%z") if isinstance(value, str) else None
    except ValueError:
        return None


_SECTIONS = ("customer", "billing_address", "shipping_address", "currency", "status")
_NOTHING: Mapping[str, Any] = {}


def _map(value: object) -> Mapping[str, Any]:
    """An object; PHP writes an empty one as ``[]``."""
    return value if isinstance(value, dict) else _NOTHING


def _as_sent(section: object) -> Any:
    """Answers have objects where requests have ids: ``{"id": 4, "title": "Pending"}`` is 4, a country its alpha-3."""
    if not isinstance(section, dict):
        return section
    if "id" in section and "title" in section:
        return section["id"]
    return {name: _as_sent(part) for name, part in section.items()}


def _lines(value: object) -> list[HeldLine]:
    """The lines of a list, in its order: a line that cannot be read still has its place."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [_read_line(_map(part)) for part in parts]


def _line(value: object) -> HeldLine | None:
    line = _map(value)
    return _read_line(line) if line else None


def _read_line(line: Mapping[str, Any]) -> HeldLine:
    price = read_amount(line.get("price")) or Decimal(0)
    with_tax = read_amount(line.get("price_with_tax"))
    article = read_id(line.get("variant_id"))
    return HeldLine(
        id=read_id(line.get("order_line_id")),
        article=int(article) if article else None,
        model=read_text(line.get("model")),
        title=read_text(line.get("title")),
        quantity=read_amount(line.get("quantity")) or Decimal(0),
        price=abs(price),
        price_with_tax=abs(price if with_tax is None else with_tax),
        tax_rate=read_amount(line.get("tax_rate")) or Decimal(0),
        weight=read_amount(line.get("weight")),
    )


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as cause:  # an exponent of twenty digits
        raise ValueError("a number is too large") from cause


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON number")

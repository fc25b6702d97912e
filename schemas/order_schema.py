"""What a producer may write about an order, and what is made of each value. Source: canonical event, "The order"."""

from __future__ import annotations

from schemas.amounts import Amount, Rate
from schemas.fields import Country, CurrencyCode, Day, Email, Flag, Instant, Matching, OneOf, Text
from schemas.parts import Named, Part, PartSchema, Rows, Scalar

STATUSES = (
    "pending",
    "authorized",
    "paid",
    "on_hold",
    "processing",
    "shipped",
    "completed",
    "cancelled",
    "refunded",
)
PAYMENT_STATUSES = (
    "approved",
    "authorized",
    "captured",
    "pending",
    "partially_refunded",
    "refunded",
    "rejected",
    "voided",
)
DELIVERY_TYPES = ("ship", "noship", "download", "future")
FEE_KINDS = ("fee", "tip", "gift_wrap")
ORDER_NUMBER_CHARS = 64
MAX_ITEMS = 2000

_PERSON_FIELDS = ("first_name", "last_name", "company")
_PERSONS = ("customer", "billing_address", "shipping_address")
_GRAND_DECIMALS = 4
_QUANTITY_DECIMALS = 6


def _filled(part: str, name: str) -> dict[str, object]:
    has = {"required": [name], "properties": {name: {"type": "string", "pattern": r"\S"}}}
    return {"required": [part], "properties": {part: has}}


class CustomerSchema(PartSchema):
    id = Text()
    email = Email()
    first_name = Text()
    last_name = Text()
    company = Text()
    phone = Text()
    ip_address = Text()
    birthday = Day()
    group = Text()
    tax_id = Text()
    marketing_consent = Flag()


class AddressSchema(PartSchema):
    first_name = Text()
    last_name = Text()
    company = Text()
    address1 = Text()
    address2 = Text()
    address3 = Text()
    address4 = Text()
    city = Text()
    state = Text()
    postal_code = Text()
    country = Country()
    phone = Text()


class ReturnAddressSchema(PartSchema):
    title = Text()
    name = Text()
    company = Text()
    address1 = Text()
    address2 = Text()
    city = Text()
    state = Text()
    postal_code = Text()
    country = Country()
    phone = Text()


class ServiceSchema(PartSchema):
    id = Text()
    service_id = Text(required=True)
    service_variant_id = Text()
    name = Text()
    price = Amount(required=True)
    discount_total = Amount()


class ItemSchema(PartSchema):
    id = Text(required=True)
    sku = Text()
    gtin = Text()
    product_id = Text()
    variant_id = Text()
    variation_code = Text()
    name = Text(required=True)
    quantity = Amount(decimals=_QUANTITY_DECIMALS, required=True)
    unit_price = Amount(required=True)
    subtotal = Amount()
    discount_total = Amount()
    tax_rate = Rate()
    tax_title = Text()
    tax_class = Text()
    weight = Amount()
    delivery_type = OneOf(DELIVERY_TYPES)
    category = Text()
    stock_id = Text()
    virtual_stock_id = Text()
    variation = Named(Text())
    services = Rows(Part(ServiceSchema))
    metadata = Named(Scalar(allow_none=True))


class PickupPointSchema(PartSchema):
    id = Text()
    name = Text()


class ShippingSchema(PartSchema):
    method = Text()
    title = Text()
    price = Amount()
    tax_rate = Rate()
    tax_class = Text()
    pickup_point = Part(PickupPointSchema)


class PaymentSchema(PartSchema):
    method = Text()
    title = Text()
    fee = Amount()
    tax_rate = Rate()
    status = OneOf(PAYMENT_STATUSES)
    transaction_id = Text()
    gateway = Text()
    card_last4 = Matching("[0-9]{4}", "the last four digits of the card")
    card_expiry = Matching("(?:0[1-9]|1[0-2])/[0-9]{4}", "a month as MM/YYYY")
    balance = Amount(signed=True)


class PartialPaymentSchema(PartSchema):
    kind = Text(required=True)
    amount = Amount(required=True)
    transaction_id = Text()


class DiscountSchema(PartSchema):
    code = Text()
    title = Text()
    amount = Amount(required=True)
    allocated = Flag()
    tax_rate = Rate()
    tax_title = Text()


class FeeSchema(PartSchema):
    title = Text(required=True)
    amount = Amount(signed=True, required=True)
    kind = OneOf(FEE_KINDS)
    tax_rate = Rate()


class TaxLineSchema(PartSchema):
    title = Text(required=True)
    rate = Rate(required=True)
    amount = Amount(required=True)


class TotalsSchema(PartSchema):
    grand = Amount(decimals=_GRAND_DECIMALS, required=True)
    items = Amount()
    shipping = Amount()
    handling = Amount()
    tax = Amount()
    discount = Amount()
    fees = Amount(signed=True)
    rebates = Amount()
    rounding = Amount(signed=True)
    tax_included = Flag()


class ShipmentLineSchema(PartSchema):
    item_id = Text(required=True)
    quantity = Amount(decimals=_QUANTITY_DECIMALS, positive=True, required=True)


class ShipmentSchema(PartSchema):
    id = Text()
    tracking_number = Text(required=True)
    carrier = Text()
    method = Text()
    shipped_at = Instant()
    tracking_url = Text()
    weight = Amount()
    cost = Amount()
    lines = Rows(Part(ShipmentLineSchema))


class NoteSchema(PartSchema):
    text = Text(required=True)
    author = Text()
    created_at = Instant()


class ProviderRefsSchema(PartSchema):
    order_id = Text()
    contact_id = Text()
    line_ids = Named(Text())


class OrderSchema(PartSchema):
    number = Text(required=True, max_chars=ORDER_NUMBER_CHARS, printable=True)
    status = OneOf(STATUSES)
    currency = CurrencyCode(required=True)
    exchange_rate = Amount(positive=True)
    placed_at = Instant(required=True)
    updated_at = Instant()
    language = Matching("[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*", "a language of BCP 47, such as da or en-GB")
    comment = Text()
    channel = Text()
    tags = Rows(Text(required=True))
    customer = Part(CustomerSchema)
    billing_address = Part(AddressSchema)
    shipping_address = Part(AddressSchema)
    return_address = Part(ReturnAddressSchema)
    items = Rows(Part(ItemSchema), at_least=1, at_most=MAX_ITEMS, required=True)
    shipping = Part(ShippingSchema)
    payment = Part(PaymentSchema)
    payments = Rows(Part(PartialPaymentSchema))
    discounts = Rows(Part(DiscountSchema))
    fees = Rows(Part(FeeSchema))
    tax_lines = Rows(Part(TaxLineSchema))
    totals = Part(TotalsSchema, required=True)
    shipments = Rows(Part(ShipmentSchema))
    notes = Rows(Part(NoteSchema))
    attributes = Named(Text())
    metadata = Named(Scalar(allow_none=True))
    refs = Named(Part(ProviderRefsSchema))

    json_rule = {"anyOf": [_filled(part, name) for part in _PERSONS for name in _PERSON_FIELDS]}  # noqa: RUF012

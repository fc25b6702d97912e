"""What a producer may write about an order, and what is made of each value. Source: canonical event, "The order"."""

from __future__ import annotations

from schemas.amounts import Amount, Rate
from schemas.fields import CurrencyCode, Flag, Id, OneOf, OrderNumber, Text
from schemas.instants import Instant
from schemas.loose_fields import CardExpiry, CardLast4, Country, Day, Email, Language, Phone
from schemas.parts import Named, Part, PartSchema, Rows
from schemas.scalar import Scalar

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
MAX_ITEMS = 2000

_GRAND_DECIMALS = 4
_QUANTITY_DECIMALS = 6


class CustomerSchema(PartSchema):
    id = Id()
    email = Email()
    first_name = Text()
    last_name = Text()
    company = Text()
    phone = Phone()
    ip_address = Text()
    birthday = Day()
    group = Text()
    tax_id = Id()
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
    postal_code = Id()
    country = Country()
    phone = Phone()


class ReturnAddressSchema(PartSchema):
    title = Text()
    name = Text()
    company = Text()
    address1 = Text()
    address2 = Text()
    city = Text()
    state = Text()
    postal_code = Id()
    country = Country()
    phone = Phone()


class ServiceSchema(PartSchema):
    id = Id()
    service_id = Id(required=True)
    service_variant_id = Id()
    name = Text()
    price = Amount(required=True)
    discount_total = Amount()


class ItemSchema(PartSchema):
    id = Id(required=True)
    sku = Id()
    gtin = Id()
    product_id = Id()
    variant_id = Id()
    variation_code = Id()
    name = Text(required=True)
    quantity = Amount(decimals=_QUANTITY_DECIMALS, rounds="nothing", required=True)
    unit_price = Amount(required=True)
    subtotal = Amount()
    discount_total = Amount()
    tax_rate = Rate()
    tax_title = Text()
    tax_class = Text()
    weight = Amount()
    delivery_type = OneOf(DELIVERY_TYPES)
    category = Text()
    stock_id = Id()
    virtual_stock_id = Id()
    variation = Named(Id())
    services = Rows(Part(ServiceSchema))
    metadata = Named(Scalar(allow_none=True))


class PickupPointSchema(PartSchema):
    id = Id()
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
    transaction_id = Id()
    gateway = Text()
    card_last4 = CardLast4()
    card_expiry = CardExpiry()
    balance = Amount(signed=True)


class PartialPaymentSchema(PartSchema):
    kind = Text(required=True)
    amount = Amount(required=True)
    transaction_id = Id()


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
    grand = Amount(decimals=_GRAND_DECIMALS, rounds="texts too", required=True)
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
    item_id = Id(required=True)
    quantity = Amount(decimals=_QUANTITY_DECIMALS, rounds="nothing", positive=True, required=True)


class ShipmentSchema(PartSchema):
    id = Id()
    tracking_number = Id(required=True)
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
    order_id = Id()
    contact_id = Id()
    line_ids = Named(Id())


class OrderSchema(PartSchema):
    number = OrderNumber(required=True)
    status = OneOf(STATUSES)
    currency = CurrencyCode(required=True)
    exchange_rate = Amount(positive=True)
    placed_at = Instant(required=True)
    updated_at = Instant()
    language = Language()
    comment = Text()
    channel = Text()
    tags = Rows(Text())
    customer = Part(CustomerSchema)
    billing_address = Part(AddressSchema)
    shipping_address = Part(AddressSchema)
    return_address = Part(ReturnAddressSchema)
    items = Rows(Part(ItemSchema), at_most=MAX_ITEMS)
    shipping = Part(ShippingSchema)
    payment = Part(PaymentSchema)
    payments = Rows(Part(PartialPaymentSchema))
    discounts = Rows(Part(DiscountSchema))
    fees = Rows(Part(FeeSchema))
    tax_lines = Rows(Part(TaxLineSchema))
    totals = Part(TotalsSchema, required=True)
    shipments = Rows(Part(ShipmentSchema))
    notes = Rows(Part(NoteSchema))
    attributes = Named(Id())
    metadata = Named(Scalar(allow_none=True))
    refs = Named(Part(ProviderRefsSchema))

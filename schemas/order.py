"""The order inside an event, as it is after validation: typed, normalised, totals complete."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

ZERO = Decimal(0)


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of an order. Money is in the order's currency; instants are aware and in UTC."""


class Customer(_Part, frozen=True):
    id: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    phone: str | None = None
    ip_address: str | None = None
    birthday: str | None = None  # YYYY-MM-DD
    group: str | None = None
    tax_id: str | None = None
    marketing_consent: bool | None = None


class Address(_Part, frozen=True):
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    address3: str | None = None
    address4: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None  # ISO 3166 alpha-2
    phone: str | None = None


class ReturnAddress(_Part, frozen=True):
    title: str | None = None
    name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    phone: str | None = None


class Service(_Part, frozen=True):
    service_id: str
    price: Decimal  # per piece of the item
    id: str | None = None
    service_variant_id: str | None = None
    name: str | None = None
    discount_total: Decimal = ZERO


class Item(_Part, frozen=True):
    id: str
    name: str
    quantity: Decimal
    unit_price: Decimal
    subtotal: Decimal | None = None  # of the line as the shop has it, before discounts
    sku: str | None = None
    gtin: str | None = None
    product_id: str | None = None
    variant_id: str | None = None
    variation_code: str | None = None
    discount_total: Decimal = ZERO
    tax_rate: Decimal | None = None  # a fraction
    tax_title: str | None = None
    tax_class: str | None = None
    weight: Decimal | None = None  # kg
    delivery_type: str | None = None
    category: str | None = None
    stock_id: str | None = None
    virtual_stock_id: str | None = None
    variation: dict[str, str] = {}
    services: list[Service] = []
    metadata: dict[str, Any] = {}

    @property
    def total(self) -> Decimal:
        """The line before discounts and without its services: as the shop has it, else quantity × unit price."""
        return self.quantity * self.unit_price if self.subtotal is None else self.subtotal


class PickupPoint(_Part, frozen=True):
    id: str | None = None
    name: str | None = None


class Shipping(_Part, frozen=True):
    method: str | None = None
    title: str | None = None
    price: Decimal = ZERO
    tax_rate: Decimal | None = None
    tax_class: str | None = None
    pickup_point: PickupPoint | None = None


class Payment(_Part, frozen=True):
    method: str | None = None
    title: str | None = None
    fee: Decimal = ZERO
    tax_rate: Decimal | None = None
    status: str | None = None
    transaction_id: str | None = None
    gateway: str | None = None
    card_last4: str | None = None
    card_expiry: str | None = None  # MM/YYYY
    balance: Decimal | None = None


class PartialPayment(_Part, frozen=True):
    kind: str
    amount: Decimal
    transaction_id: str | None = None


class Discount(_Part, frozen=True):
    amount: Decimal
    code: str | None = None
    title: str | None = None
    allocated: bool = False
    tax_rate: Decimal | None = None
    tax_title: str | None = None


class Fee(_Part, frozen=True):
    title: str
    amount: Decimal
    kind: str | None = None
    tax_rate: Decimal | None = None


class TaxLine(_Part, frozen=True):
    title: str
    rate: Decimal
    amount: Decimal


class Totals(_Part, frozen=True, omit_defaults=False):
    """All sums of an order: those the producer left out are filled in at the door."""

    grand: Decimal
    items: Decimal
    shipping: Decimal
    handling: Decimal
    tax: Decimal
    discount: Decimal
    fees: Decimal
    rebates: Decimal
    rounding: Decimal
    tax_included: bool = False


class ShipmentLine(_Part, frozen=True):
    item_id: str
    quantity: Decimal


class Shipment(_Part, frozen=True):
    tracking_number: str
    id: str | None = None
    carrier: str | None = None
    method: str | None = None
    shipped_at: datetime | None = None
    tracking_url: str | None = None
    weight: Decimal | None = None
    cost: Decimal | None = None
    lines: list[ShipmentLine] = []


class Note(_Part, frozen=True):
    text: str
    author: str | None = None
    created_at: datetime | None = None


class ProviderRefs(_Part, frozen=True):
    order_id: str | None = None
    contact_id: str | None = None
    line_ids: dict[str, str] = {}


class Order(_Part, frozen=True):
    number: str
    currency: str
    placed_at: datetime
    items: list[Item]
    totals: Totals
    status: str | None = None
    exchange_rate: Decimal | None = None
    updated_at: datetime | None = None
    language: str | None = None
    comment: str | None = None
    channel: str | None = None
    tags: list[str] = []
    customer: Customer = Customer()
    billing_address: Address | None = None
    shipping_address: Address | None = None
    return_address: ReturnAddress | None = None
    shipping: Shipping | None = None
    payment: Payment | None = None
    payments: list[PartialPayment] = []
    discounts: list[Discount] = []
    fees: list[Fee] = []
    tax_lines: list[TaxLine] = []
    shipments: list[Shipment] = []
    notes: list[Note] = []
    attributes: dict[str, str] = {}
    metadata: dict[str, Any] = {}
    refs: dict[str, ProviderRefs] = {}

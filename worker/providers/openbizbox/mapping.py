"""A canonical order as the body of an OpenBizBox create. Pure; no vendor is asked here.

Never sent, as requests have no place for them (page "Order", 2020-02-20): ``vat``, ``ean``, ``user_id``,
``ip_address``, ``state_title``, ``extra_tracking``, ``payment_data`` and ``shipping_data`` are in answers only, as is
every sum; a shipping address has no ``phone`` there, and none is sent.
``original_customer`` is of a later page and would tie the order to a customer that we do not know to be the buyer.
The page's short form, an order without lines, is sent only where every item of an order is gone (quantity 0): ours
have at least one item.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from schemas.countries import ALPHA3
from schemas.order import Address, Customer, Order
from schemas.providers.openbizbox import OpenBizBoxOptions
from worker.providers.openbizbox.mapping_comment import Comment, comment_of
from worker.providers.openbizbox.mapping_lines import Lines, lines_of
from worker.providers.openbizbox.sums import Sums, foreseen, plain, sums_of

# Money moves by events of its own: a status of a snapshot must not cancel or refund (canonical event, "status").
MOVES_MONEY = frozenset({"cancelled", "refunded"})
MAX_ID = 2**31 - 1  # past it MySQL clamps or refuses; the order then gets an id from the shop


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order should be in the shop. ``sections`` are all of the body but lines, comment, id and created_at;
    ``lines`` have the rounding that is foreseen to be due."""

    sections: dict[str, Any]
    lines: Lines
    sums: Sums
    comment: Comment | None
    created_at: str
    currency: str
    prices: str

    def create_body(self, chosen: int | None = None) -> dict[str, Any]:
        """What POST takes; ``id``, which is of our choice or none, and ``created_at`` count there only."""
        own: dict[str, Any] = {"id": chosen} if chosen is not None else {}
        comment = {"comment": self.comment.text} if self.comment else {}
        return {**own, "created_at": self.created_at, **self.sections, **comment, "lines": self.lines.body()}

    def rounded(self, rounding: Decimal) -> Wanted:
        return replace(self, lines=self.lines.rounded(rounding))

    def without_weights_of_all(self, places: Collection[int]) -> Wanted:
        """The same order, of whose lines those at these places were one piece: by their pieces again, a weight that the
        event leaves out is none."""
        return replace(self, lines=self.lines.without_weights_of_all(places))

    def in_one(self, places: Collection[int]) -> Wanted:
        """The same order with the products at these places as one piece each, and the rounding that is due then."""
        lines = self.lines.in_one(places)
        return replace(self, lines=lines.rounded(self.sums.rounding(foreseen(lines.named(), self.prices))))


def wanted_of(order: Order, source: str, articles: Mapping[str, int], options: OpenBizBoxOptions) -> Wanted:
    """The order as this shop should have it. ``articles`` maps item ids to the shop's articles."""
    lines = lines_of(order, articles, options.prices)
    wanted = Wanted(
        sections=_sections(order, options),
        lines=lines,
        sums=sums_of(order, lines.named()),
        comment=comment_of(order, source, options) if options.mark == "comment" else None,
        created_at=options.shop_time(order.placed_at),
        currency=order.currency,
        prices=options.prices,
    )
    return wanted.in_one(())


def explicit_id(key: str, offset: int | None) -> int | None:
    """The id that the order gets by our choice, where the account keeps a range for us and its key is whole."""
    if offset is None or not (key.isascii() and key.isdecimal()) or len(key) > len(str(MAX_ID)):
        return None
    chosen = offset + int(key)
    return chosen if 0 < chosen <= MAX_ID and str(int(key)) == key else None


def _sections(order: Order, options: OpenBizBoxOptions) -> dict[str, Any]:
    """Billing is what every example of the page has: without an address it is the name alone."""
    customer = order.customer
    shipping = order.shipping_address
    billing = order.billing_address or shipping or Address()
    name = _person(customer) or _person(billing) or (_person(shipping) if shipping else "")
    phones = (order.billing_address and order.billing_address.phone, customer.phone, shipping and shipping.phone)
    phone = next((phone for phone in phones if phone), None)
    sections: dict[str, Any] = {
        "customer": _customer(order, name, options),
        "billing_address": _address(billing, name) | ({"phone": phone} if phone else {}),
        "currency": {
            "code": options.currencies.get(order.currency, order.currency),
            "rate": plain(order.exchange_rate) if order.exchange_rate is not None else 1,
        },
    }
    if shipping is not None:
        sections["shipping_address"] = _address(shipping, name)
    if order.status in options.statuses and order.status not in MOVES_MONEY:
        sections["status"] = options.statuses[order.status]
    return sections


def _customer(order: Order, name: str, options: OpenBizBoxOptions) -> dict[str, Any]:
    customer: dict[str, Any] = {"email": order.customer.email, "name": name}
    group = order.customer.group
    if group is not None and group in options.customer_types:
        customer["customer_type_id"] = options.customer_types[group]
    if order.language:
        customer["language"] = order.language.split("-")[0].lower()  # the page has "da", "en": no region
    return customer


def _person(party: Customer | Address) -> str:
    return " ".join(part for part in (party.first_name, party.last_name) if part) or party.company or ""


def _address(address: Address, name: str) -> dict[str, str]:
    lines = (address.address1, address.address2, address.address3, address.address4)
    fields = {
        "name": _person(address) or name,
        "street": ", ".join(line for line in lines if line),
        "zip": address.postal_code,
        "city": address.city,
        "country": ALPHA3[address.country] if address.country else None,
        "company_name": address.company,
    }
    return {field: text for field, text in fields.items() if text}

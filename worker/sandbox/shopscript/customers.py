"""Shop-Script's customers, played: a contact for each create, its form's rules, and what its table cannot hold.

Source: shopOrder::saveCustomer of webasyst/shop-script ``05ada83`` with framework 3.8.4, run on loopback (2026-11-29).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from worker.sandbox.shopscript.lines import Refused, whole
from worker.sandbox.shopscript.tables import is_beyond_the_bmp

LIMITS = {"firstname": 50, "middlename": 50, "lastname": 50, "company": 150}
_EMAIL = re.compile(r"[^\s.@][^\s@]*(?<!\.)@[^\s@.]+(\.[^\s@.]+)+")

Customer = Mapping[str, Any]


@dataclass(slots=True)
class Contacts:
    """The contacts of one shop, by id: what is known of each. ``mails`` are those that were sent to them."""

    by_id: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, customer: Customer) -> str:
        """A new contact, as each create makes one; ``0`` where its table refuses it."""
        if any(is_beyond_the_bmp(text) for text in customer.values()):
            return "0"
        contact_id = str(len(self.by_id) + 1)
        self.by_id[contact_id] = dict(customer)
        return contact_id

    def change(self, contact_id: str | None, customer: Customer) -> None:
        """An edit of the contact; what its table cannot hold is left as it was."""
        held = {name: text for name, text in customer.items() if not is_beyond_the_bmp(text)}
        self.by_id.setdefault(contact_id or "0", {}).update(held)

    def shown(self, contact_id: str | None) -> dict[str, Any]:
        """As getInfo shows the customer of an order."""
        known = self.by_id.get(contact_id or "0", {})
        name = " ".join(text for part in ("firstname", "lastname") if (text := known.get(part))) or known.get("company")
        return {"id": contact_id, "name": name or "", "email": known.get("email"), "phone": known.get("phone")}


def customer_of(form: Mapping[str, Any]) -> dict[str, Any]:
    sent = form.get("customer")
    return dict(sent) if isinstance(sent, dict) else {}


def check(customer: Customer) -> None:
    """The form's own rules. Raises ``Refused`` with what it says by field."""
    errors: dict[str, Any] = {}
    for name, limit in LIMITS.items():
        if len(str(customer.get(name) or "")) > limit:
            errors[name] = [f"No more than {limit} characters please"]
    email = str(customer.get("email") or "")
    if email and not _EMAIL.fullmatch(email):
        errors["email"] = ["Invalid Email"]
    if errors:
        raise Refused({"customer": errors})


def address_of(customer: Customer) -> dict[str, Any]:
    """The address that a form's ``customer[address.shipping]`` carries; the shop's taxes go by it alone."""
    address = customer.get("address.shipping")
    first = address.get("0", address) if isinstance(address, dict) else {}
    return first if isinstance(first, dict) else {}


def asked_contact(form: Mapping[str, Any]) -> str | None:
    return whole(form.get("contact_id"))

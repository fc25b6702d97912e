"""When what the shop shows is what we sent: numbers to its decimals, texts without entities, zips without countries.

Source: page "Order", "Response example" (2020-02-20).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.providers.openbizbox import HeldLine, HeldOrder, read_amount, read_text
from worker.providers.openbizbox.body import Wanted

HALF_A_CENT = Decimal("0.005")  # the vendor's answers have two decimals, our requests four
RATE_STEP = Decimal("0.0001")  # the rates of the vendor's answers have four decimals
A_HAIR = Decimal("0.0000001")
_ZIP_COUNTRY = re.compile(r"\A[A-Z]{1,3}-(?=\S)")


def same_price(sent: Decimal | int, held: Decimal, *, exactly: bool = False) -> bool:
    """To the vendor's decimals; ``exactly`` for what is to be written: of many pieces half a cent is much."""
    return abs(sent - held) <= (A_HAIR if exactly else HALF_A_CENT)


def same_rate(sent: Decimal | int | None, held: Decimal, *, exactly: bool = False) -> bool:
    return sent is None or abs(sent - held) <= (A_HAIR if exactly else RATE_STEP)


def same(sent: Mapping[str, Any], held: HeldLine, prices: str, *, exactly: bool = False) -> bool:
    """Whether a line that is no product is held as it was sent."""
    return (
        same_price(sent["price"], held.price_in(prices), exactly=exactly)
        and same_rate(sent.get("tax_rate"), held.tax_rate, exactly=exactly)
        and _same_text(read_text(sent["title"]), held.title)
    )


def sections_differ(name: str, wanted: Wanted, held: HeldOrder) -> bool:
    """Whether a section is held otherwise than we would send it."""
    if name == "currency":  # the page sends "DNK" and is answered "DKK"; a rate moves by the shop's own hand
        return held.currency not in (wanted.currency, wanted.sections[name]["code"])
    return _differs(name, wanted.sections[name], held.sections.get(name))


def _differs(name: str, sent: Any, held: Any) -> bool:
    if isinstance(sent, dict):
        return not isinstance(held, dict) or any(_differs(key, part, held.get(key)) for key, part in sent.items())
    if isinstance(sent, str):
        texts = (read_text(sent), read_text(held))  # a name of ours may have an entity as it is
        if name == "zip":  # asked for as "DK-6000", shown as "6660"
            texts = (_ZIP_COUNTRY.sub("", texts[0]), _ZIP_COUNTRY.sub("", texts[1]))
        return not _same_text(*texts)
    return bool(read_amount(held) != sent)


def _same_text(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())

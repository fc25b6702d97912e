"""Who buys, and where to: a person, half a person, a company, two addresses, one, none."""

from __future__ import annotations

from random import Random

from tests.awkward import texts
from tests.awkward.sums import Json

COUNTRIES = ("DK", "DE", "GB", "US", "JP", "RU", "BR", "KW", "NO")


def parties(rng: Random, number: int) -> Json:
    """``customer`` and the addresses of an order; somebody or some company is named."""
    kind = rng.choices(("person", "half", "company", "address", "mixed"), (62, 10, 8, 10, 10))[0]
    customer = _reached(rng, number)
    named: Json = {"first_name": texts.name(rng), "last_name": texts.name(rng)}
    if kind == "half":
        named = {"last_name": texts.name(rng)}
    if kind == "company":
        named = {"company": _company(rng)}
    if kind == "mixed":
        named["company"] = _company(rng)
    if kind == "address":
        return _known(customer) | {"billing_address": named | address(rng)} | _other(rng, named)
    return {"customer": customer | named} | _addresses(rng, named)


def address(rng: Random) -> Json:
    """A place, without names."""
    place: Json = {
        "address1": rng.choice(texts.STREETS),
        "city": rng.choice(texts.CITIES),
        "country": rng.choice(COUNTRIES),
    }
    if rng.random() < 0.7:
        place["postal_code"] = rng.choice(("5000", "DK-6000", "SW1A 1AA", "100-0001"))
    if rng.random() < 0.3:
        place["state"] = rng.choice(("Fyn", "NY", "東京都", "Ленинградская область"))
    if rng.random() < 0.2:
        place |= {f"address{line}": f"{line}. Floor, c/o Müller" for line in range(2, rng.randint(3, 5))}
    if rng.random() < 0.04:
        place["address1"] = texts.long_text(rng, 256, 400)
    if rng.random() < 0.2:
        place["phone"] = "+45 87 65 43 21"
    return place


def _addresses(rng: Random, named: Json) -> Json:
    kind = rng.choices(("two", "one", "billing", "none"), (45, 30, 10, 15))[0]
    if kind == "none":
        return {}
    if kind == "two":
        return {"billing_address": named | address(rng)} | _other(rng, named)
    return {"billing_address" if kind == "billing" else "shipping_address": named | address(rng)}


def _other(rng: Random, named: Json) -> Json:
    """A shipping address, to the buyer or as a present to another."""
    if rng.random() < 0.3 and "company" not in named:
        named = {"first_name": texts.name(rng), "last_name": texts.name(rng)}
    return {"shipping_address": named | address(rng)}


def _reached(rng: Random, number: int) -> Json:
    found: Json = {}
    if rng.random() > 0.03:
        found["email"] = f"buyer.{number}@{'bücher' if rng.random() < 0.02 else 'shop'}.example"
    if rng.random() < 0.5:
        found["phone"] = rng.choice(("+45 12 34 56 78", "(030) 123", "n/a"))
    if rng.random() < 0.3:
        found |= {"id": f"c-{number}", "ip_address": "192.0.2.7"}
    if rng.random() < 0.1:
        found["birthday"] = "1979-02-28"
    return found


def _known(customer: Json) -> Json:
    return {"customer": customer} if customer else {}


def _company(rng: Random) -> str:
    return rng.choices(("Acme & Co. ApS", "株式会社山田", texts.bmp_text(rng, 151, 300)), (70, 22, 8))[0]

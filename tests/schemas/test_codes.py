"""Countries and currencies: the closed lists are the standards' lists."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from schemas.countries import ALPHA3, COUNTRIES
from schemas.currencies import EXPONENTS, minor_unit

ISO_3166 = Path(__file__).parents[1] / "data" / "iso3166.tab"  # of the tz database, in the public domain


def test_the_countries_are_those_of_iso_3166_and_kosovo():
    lines = ISO_3166.read_text("utf-8").splitlines()
    assert {line.split("\t")[0] for line in lines if not line.startswith("#")} == COUNTRIES - {"XK"}


@pytest.mark.parametrize(
    ("alpha2", "alpha3"), [("DK", "DNK"), ("DE", "DEU"), ("CH", "CHE"), ("GB", "GBR"), ("US", "USA"), ("XK", "XKX")]
)
def test_a_country_has_its_three_letter_code(alpha2, alpha3):
    assert ALPHA3[alpha2] == alpha3


def test_no_two_countries_share_a_three_letter_code():
    assert len(set(ALPHA3.values())) == len(ALPHA3) == 250
    assert all(len(code) == 3 and code.isupper() for code in ALPHA3.values())


@pytest.mark.parametrize(
    ("currency", "unit"),
    [("EUR", "0.01"), ("JPY", "1"), ("KWD", "0.001"), ("CLF", "0.0001"), ("BGN", "0.01"), ("BYR", "1")],
)
def test_a_currency_has_its_minor_unit(currency, unit):
    assert minor_unit(currency) == Decimal(unit)


def test_what_nobody_pays_in_is_no_currency():
    assert EXPONENTS.keys().isdisjoint({"XXX", "XTS", "XAU", "EURO", "DEM"})


@pytest.mark.parametrize("currency", ["HRK", "SLL", "ZWL", "CUC", "ANG", "BGN", "LTL", "LVL", "MRO", "STD", "VEF"])
def test_what_buyers_once_paid_in_is_still_a_currency(currency):
    assert minor_unit(currency) == Decimal("0.01")

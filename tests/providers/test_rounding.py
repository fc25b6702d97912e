"""Where rounding ends: what is beyond it is told, and what is within it is nobody's concern."""

from decimal import Decimal

import pytest

from worker.providers.rounding import split


@pytest.mark.parametrize(
    ("currency", "rest", "declared", "rounding", "beyond"),
    [
        ("EUR", "0", "0", "0", "0"),
        ("EUR", "0.05", "0", "0.05", "0"),
        ("EUR", "-0.05", "0", "-0.05", "0"),
        ("EUR", "-0.0501", "0", "0", "-0.0501"),
        ("EUR", "-0.4", "-0.4", "-0.4", "0"),
        ("EUR", "-0.43", "-0.4", "-0.43", "0"),
        ("EUR", "-3.4", "-0.4", "-0.4", "-3"),
        ("EUR", "0", "0.02", "0", "0"),
        ("KRW", "-0.2852", "0", "-0.2852", "0"),
        ("KRW", "1.01", "0", "0", "1.01"),
        ("KWD", "0.05", "0", "0.05", "0"),
    ],
)
def test_a_difference_is_rounding_up_to_five_hundredths_or_a_minor_unit(currency, rest, declared, rounding, beyond):
    assert split(Decimal(rest), Decimal(declared), currency) == (Decimal(rounding), Decimal(beyond))

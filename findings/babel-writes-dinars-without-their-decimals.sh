#!/usr/bin/env bash
# Babel 2.17.0 beside iso4217 1.16.20260101 (PyPI): thirteen currencies have fewer decimals in Babel than in ISO 4217.
#
# Expected: format_currency writes an amount with the decimals that ISO 4217 has for the currency.
# Seen: Babel goes by CLDR, which says how prices are usually shown: 1234.56 Serbian dinar becomes 1,235, and so do
# Albanian lek, Iraqi dinar (three decimals in ISO) and ten more. Nothing says that it rounds.
# Who is hurt: whoever makes an amount for a mail, a form or a total to be compared out of format_currency, or rounds by
# get_currency_precision: an order of 1234.56 RSD and its own text differ by 0.44. Round by ISO 4217's exponent, and
# write with format_currency(..., currency_digits=False) and a pattern of one's own.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check babel==2.17.0 iso4217==1.16.20260101 2>/dev/null
"$work/venv/bin/python" - <<'PY'
from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision
from iso4217 import Currency

fewer = {c.code: (c.exponent, get_currency_precision(c.code)) for c in Currency
         if c.exponent is not None and c.exponent != get_currency_precision(c.code)}
for code, (iso, cldr) in fewer.items():
    print(f"{code}: {iso} decimals in ISO 4217, {cldr} in Babel")
shown = {code: format_currency(Decimal("1234.56"), code, locale="en") for code in ("RSD", "ALL", "IQD", "EUR")}
print(shown)
assert sorted(fewer) == ["AFN", "ALL", "IQD", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER"]
assert all(cldr == 0 for _, cldr in fewer.values())
assert shown == {"RSD": "RSD1,235", "ALL": "ALL1,235", "IQD": "IQD1,235", "EUR": "€1,234.56"}
PY

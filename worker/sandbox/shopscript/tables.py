"""What Shop-Script's tables make of a save: what they cut, refuse or drop while the shop says ok.

Source: shop 12.4.0 and framework 3.8.4 on MariaDB 10.11 with the tables as the installer makes them, run on loopback
(2026-11-29): ``shop_order_params`` has varchar(64) names without regard to case and varchar(255) values,
``shop_order.comment`` is TEXT, amounts are decimal(15,4), and ``wa_contact`` is utf8mb3.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from worker.sandbox.shopscript.lines import Lines

NAME_CHARS, VALUE_CHARS, COMMENT_BYTES = 64, 255, 65_535
HIGHEST = Decimal("99999999999.9999")
BMP_END = 0xFFFF


def same_name(name: str) -> str:
    """What a name is to the table's key, by utf8mb4_general_ci of MariaDB 10.11: without case, blanks at its end and
    the accents of Latin, Greek and Cyrillic letters but for ``й``; all characters beyond the BMP are one."""
    whole = name.replace("ß", "s").rstrip(" ").casefold()
    plain = "".join(char if char == "й" else unicodedata.normalize("NFD", char) for char in whole)
    return "".join("\ufffd" if ord(char) > BMP_END else char for char in plain if not unicodedata.combining(char))


def insert_params(
    params: dict[str, Any], sent: Iterable[tuple[str, Any]], *, is_transactional: bool = False
) -> dict[str, Any]:
    """The parameters after one save, in their order; values are cut.

    A name that is there already is overwritten. The first of the sent names that equals another one to the key ends the
    insert: what stands after it is lost; where the table is InnoDB, all that was new is.
    """
    kept = dict(params)
    keys = {same_name(name): name for name in kept}
    for name, value in sent:
        if name not in kept and same_name(name) in keys:
            return dict(params) if is_transactional else kept
        kept[name] = value[:VALUE_CHARS] if isinstance(value, str) else value
        keys[same_name(name)] = name
    return kept


def fits(text: object) -> bool:
    """Whether a comment fits its column, in bytes."""
    return not isinstance(text, str) or len(text.encode("utf-8", "surrogatepass")) <= COMMENT_BYTES


def is_within(amounts: Iterable[Decimal]) -> bool:
    return all(abs(amount) <= HIGHEST for amount in amounts)


def is_beyond_the_bmp(text: object) -> bool:
    """Whether a text has a character that utf8mb3 cannot hold."""
    return isinstance(text, str) and any(ord(char) > BMP_END for char in text)


def amounts_of(lines: Lines, *totals: str) -> list[Decimal]:
    return [Decimal(line["price"]) for line in lines.values()] + [Decimal(total) for total in totals]


def texts_of(customer: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    return [text for name in names if isinstance(text := customer.get(name), str)]

"""What of an order fits the shop's tables, which cut, refuse or drop what does not while the shop says ok.

What is fitted leaves a remark. Source: the tables as the installer makes them, shop 12.4.0 and framework 3.8.4 on
MariaDB 10.11, run on loopback (2026-11-29): values of parameters varchar(255), their names varchar(64) without regard
to case, a comment TEXT, customers utf8mb3.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

VALUE_CHARS, NAME_CHARS, COMMENT_BYTES = 255, 64, 65_535
BMP_END = 0xFFFF
BEYOND = "\ufffd"
_ALIKE = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"})


@dataclass(frozen=True, slots=True)
class Fitting:
    """What one save had to be fitted in: ``remarks``, a sentence each."""

    remarks: list[str] = field(default_factory=list)

    def value(self, name: str, text: str, limit: int = VALUE_CHARS) -> str:
        """The text, cut to so many characters."""
        if len(text) <= limit:
            return text
        self.remarks.append(f"{name}: cut to the {limit} characters that the shop keeps.")
        return text[:limit]

    def of_customer(self, name: str, text: str | None, limit: int = VALUE_CHARS) -> str | None:
        """The text of a customer's field: without characters beyond the BMP, which leave an order without customer."""
        if not text:
            return text
        if any(ord(char) > BMP_END for char in text):
            self.remarks.append(f"{name}: sent without the characters that the shop's table of customers cannot hold.")
            text = "".join(char for char in text if ord(char) <= BMP_END).strip()
        return self.value(name, text, limit)

    def email(self, text: str | None) -> str | None:
        """An e-mail as it is, or none: another one would be somebody else's."""
        if text and any(ord(char) > BMP_END for char in text):
            self.remarks.append("customer.email was left out: the shop's table of customers cannot hold it.")
            return None
        return text

    def listed(self, name: str, texts: list[str]) -> str:
        """As many whole texts as fit, with commas between them."""
        said = ", ".join(texts)
        if len(said) <= VALUE_CHARS:
            return said
        kept = [text for place, text in enumerate(texts) if len(", ".join(texts[: place + 1])) <= VALUE_CHARS]
        self.remarks.append(
            f"{name}: {len(kept)} of {len(texts)} fit into the {VALUE_CHARS} characters the shop keeps."
        )
        return ", ".join(kept)

    def comment(self, text: str) -> str:
        """The comment of a new order, cut to what its column holds."""
        kept = cut_to_bytes(text, COMMENT_BYTES)
        if kept != text:
            self.remarks.append(f"comment and notes: cut to the {COMMENT_BYTES:,} bytes that the shop keeps.")
        return kept


def comment_fits(text: str | None) -> bool:
    return text is None or len(text) * 4 <= COMMENT_BYTES or len(text.encode()) <= COMMENT_BYTES


def cut_to_bytes(text: str, limit: int) -> str:
    """The text within so many bytes of UTF-8, no character halved."""
    return text.encode()[:limit].decode(errors="ignore")


def same_name(name: str) -> str:
    """What a parameter's name is to the key of its table: without case, accents and blanks at the end; all letters
    beyond the BMP are one. Coarser than any one collation, since which one a shop has is its host's choice.

    Source: utf8mb4_general_ci of MariaDB 10.11.18 (``findings/``), beside the Unicode collations of MySQL 8.
    """
    plain = unicodedata.normalize("NFKD", name.rstrip(" ").casefold())
    bare = "".join(char if ord(char) <= BMP_END else BEYOND for char in plain if not unicodedata.combining(char))
    return bare.translate(_ALIKE).replace("ss", "s")

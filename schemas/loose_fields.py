"""What no order is refused for: a country, an e-mail address, a birthday … that cannot be one is left out, and what
can only mean one thing is read so, both with a remark. Source: canonical event, "Repairs and remarks"."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from marshmallow import ValidationError

from schemas.countries import COUNTRIES, OTHER_NAMES
from schemas.fields import JsonSchema, Plain, id_text
from schemas.repairs import Mended, cleaned

ANY_SCALAR: JsonSchema = {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}

MAX_EMAIL_CHARS = 254


def a_scalar(value: object) -> bool:
    """Whether a value may stand for one that is not there, such as PHP's ``false``. A list says too much for that."""
    return isinstance(value, str | int | float)


class Loose(Plain[str]):
    """A text that is left out where it cannot be what it should. ``says`` completes the sentence "must be …"."""

    says = ""

    def read(self, value: Any) -> str:
        if isinstance(value, str):
            text, remark = cleaned(value)
        elif a_scalar(value):  # a number may be the digits that it says, false is PHP's word for nothing
            text, remark = "" if isinstance(value, bool) else str(id_text(value)), ""
        else:
            raise ValidationError(f"must be {self.says}")
        found, better = self.meant(text)
        if found is None:
            raise Mended(f"must be {self.says}: it is left out")
        if better or remark:
            raise Mended(better or remark, found)
        return found

    def meant(self, text: str) -> tuple[str | None, str]:
        """What a text means, if anything, and what there is to remark of how it is written."""
        raise NotImplementedError

    def json_schema(self) -> JsonSchema:
        return ANY_SCALAR


class Country(Loose):
    """A country of ISO 3166-1, alpha-2, upper case, or XK. Alpha-3 and the European Union's own names are read so."""

    says = "a country of ISO 3166-1 alpha-2, such as DK"

    def read(self, value: Any) -> str:
        return value if isinstance(value, str) and value in COUNTRIES else super().read(value)

    def meant(self, text: str) -> tuple[str | None, str]:
        code = text.upper()
        if code in COUNTRIES:
            return code, ""
        found = OTHER_NAMES.get(code)
        return found, f"must be a country of ISO 3166-1 alpha-2: it is read as {found}"


class Email(Loose):
    """An e-mail address: one ``@`` between two texts, no blanks, at most 254 characters, any script."""

    says = f"an e-mail address: one @, no blanks, at most {MAX_EMAIL_CHARS} characters"
    pattern = re.compile(r"[^@\s\ufeff]+@[^@\s\ufeff]+")

    def meant(self, text: str) -> tuple[str | None, str]:
        return (text if len(text) <= MAX_EMAIL_CHARS and self.pattern.fullmatch(text) else None), ""


class Phone(Loose):
    """Whatever somebody may have written for a phone number."""

    says = "a phone number, as a text"

    def meant(self, text: str) -> tuple[str | None, str]:
        return text or None, ""


class Language(Loose):
    """A language of BCP 47; with ``_`` for its ``-``, as POSIX and PHP write it, it is read so."""

    says = "a language of BCP 47, such as da or en-GB"
    pattern = re.compile("[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")

    def meant(self, text: str) -> tuple[str | None, str]:
        found = text.partition(".")[0].replace("_", "-")  # also the en_US.UTF-8 of a locale
        better = "" if found == text else "must be a language of BCP 47, such as en-US: it is read so"
        return (found if self.pattern.fullmatch(found) else None), better


class Day(Loose):
    """A day of the calendar, YYYY-MM-DD."""

    says = "a day that exists, as YYYY-MM-DD"
    pattern = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

    def meant(self, text: str) -> tuple[str | None, str]:
        try:
            return (date.fromisoformat(text).isoformat() if self.pattern.fullmatch(text) else None), ""
        except ValueError:
            return None, ""


class CardExpiry(Loose):
    """A month as MM/YYYY; of a year with two digits those of this century."""

    says = "a month as MM/YYYY"
    pattern = re.compile("(0[1-9]|1[0-2])/(?:20)?([0-9]{2})")

    def meant(self, text: str) -> tuple[str | None, str]:
        found = self.pattern.fullmatch(text)
        if found is None:
            return None, ""
        month = f"{found[1]}/20{found[2]}"
        return month, "" if month == text else "must be a month as MM/YYYY: its year is read as one of this century"


class CardLast4(Loose):
    says = "the last four digits of the card"

    def meant(self, text: str) -> tuple[str | None, str]:
        return (text if re.fullmatch("[0-9]{4}", text) else None), ""


class MediaType(Loose):
    """A media type of RFC 2046, which receivers of the event may hold its ``datacontenttype`` to be."""

    says = "a media type, such as application/json"

    def meant(self, text: str) -> tuple[str | None, str]:
        return (text if re.fullmatch(r"[!#-'*+.^-~0-9A-Z-]+/[!#-'*+.^-~0-9A-Z-]+(?:\s*;.*)?", text) else None), ""


class Uri(Loose):
    """A URI with its scheme, as CloudEvents wants a ``dataschema``."""

    says = "a URI with its scheme, such as https://shop.example/order.json"

    def meant(self, text: str) -> tuple[str | None, str]:
        return (text if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+", text) else None), ""

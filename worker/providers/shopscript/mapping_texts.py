"""An order's texts: what of them fits the shop's tables; and its comment, which a save replaces as a whole.

The tables cut, refuse or drop what does not fit while the shop says ok. What is fitted leaves a remark.
Source: the tables as the installer makes them, shop 12.4.0 and framework 3.8.4 on MariaDB 10.11, run on loopback
(2026-11-29): values of parameters varchar(255), their names varchar(64) without regard to case, a comment TEXT,
customers utf8mb3.

The comment is one text of the buyer's words and all notes. A note that comes as an event is written below what is
there. A later edit replaces what the order said before, and keeps what others wrote below it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from schemas.delivery import Link
from schemas.order import Note, Order
from worker.providers.shopscript.journal import NOTED, SAID, mark_of

VALUE_CHARS, PARAM_NAME_CHARS, COMMENT_BYTES = 255, 64, 65_535
BMP_END = 0xFFFF
BEYOND = "\ufffd"
GAP = "\n\n"
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
        kept = [text for nth, text in enumerate(texts, 1) if len(", ".join(texts[:nth])) <= VALUE_CHARS]
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


def below(there: str | None, note: str) -> str:
    return GAP.join(filter(None, (there, note)))


def note_text(note: Note) -> str:
    return f"{note.author}: {note.text}" if note.author else note.text


def comment_of(order: Order) -> str:
    """The buyer's comment and the order's notes after it."""
    return GAP.join(filter(None, (order.comment, *map(note_text, order.notes))))


def comment_must_be_read(order: Order, link: Link) -> bool:
    """Whether an edit has to see the comment that is there, so as not to wipe out the notes in it."""
    return NOTED in link.notes and link.notes.get(SAID) != mark_of(comment_of(order))


def comment_to_send(order: Order, link: Link, there: str | None) -> str | None:
    """The comment of a save; None leaves it out, and the shop keeps the one that is there.

    It is left out where the order says what it said before: a text written by hand in the shop outlives an update of
    something else.
    """
    text, mark = comment_of(order), link.notes.get(SAID)
    if mark == mark_of(text):
        return None
    if NOTED in link.notes:
        return _over(there or "", text, mark)
    return text if text or mark else None


def _over(there: str, text: str, mark: str | None) -> str:
    """The text in the place of what was said before, all that others wrote below it."""
    length = int(mark.partition(":")[0]) if mark else 0
    rest = there[length:] if mark == mark_of(there[:length]) else there
    said = text.split(GAP)
    return GAP.join(filter(None, (text, *(part for part in rest.split(GAP) if part not in said))))

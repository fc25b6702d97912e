"""Texts as real buyers and shops write them: long, in any script, beyond the BMP, with everything that means something
to HTML, forms or SQL. All are trimmed and in NFC, as the door leaves them."""

from __future__ import annotations

from random import Random

ASTRAL = ("Ada 😀", "𠮷田", "Nils 🎁", "Zoë 🏳️‍🌈", "𝒜𝓁𝒾𝒸𝑒")  # noqa: RUF001  as people are called
FOREIGN = ("Łukasz", "Ольга", "山田", "محمد", "Ελένη", "Ångström", "Đặng", "ßender", "Işık")  # noqa: RUF001  as people are called
PLAIN = ("Ida", "Holm", "Jane", "Roe", "O'Neil", "de la Cruz", "Smith-Jones", "Vera")
MARKUP = (
    "<b>Bold</b>",
    'a "quoted" one',
    "R&D &amp; more",
    "50 % off",
    "x=1&y=2",
    "back\\slash",
    "plus+sign",
    "[0][id]",
)
STREETS = ("Havnegade 1", "Main Street 1", "ул. Ленина, 5", "千代田区1-1", "Straße des 17. Juni 135")
CITIES = ("Odense", "Köln", "Санкт-Петербург", "東京", "São Paulo")
NAMES = ("Size", "Цвет", "Подпись", "サイズ", "Gift wrap", "gravure-line", "färg", "engraving")
RESERVED = (
    "manager_contact_id", "fulfillment_contact_id", "referer_host", "ip", "storefront", "sales_channel", "shipping_id",
    "payment_id", "coupon_code", "tracking_number", "auth_code", "ordercast_order", "ordercast_note", "1st line",
    "shipping_address.city", "Comment", "a[b]",
)  # fmt: skip
LONG_NAMES = ("Maximilian", "von", "Oluwaseun", "Ана", "García", "泉", "Þór", "d'Este", "Mac Aodhagáin")
"""Nothing that stands in other texts: what is kept of a remark has stars for the buyer's names."""
WORDS = (
    "please",
    "ring",
    "twice",
    "leave",
    "it",
    "behind",
    "the",
    "grün",
    "дом",
    "荷物",
    "🎂",
    "#7",
    "<door>",
    "&",
    "no.",
)


def long_text(rng: Random, low: int, high: int) -> str:
    """A text of about so many characters, trimmed."""
    return _of_words(rng, WORDS, rng.randint(low, high))


def _of_words(rng: Random, words: tuple[str, ...], wanted: int) -> str:
    text = ""
    while len(text) < wanted:
        text += rng.choice(words) + " "
    return text[:wanted].strip().ljust(wanted, ".")


def bmp_text(rng: Random, low: int, high: int) -> str:
    """The same without a character beyond the BMP."""
    return long_text(rng, low, high).replace("🎂", "*")


def name(rng: Random) -> str:
    """One name of a person: mostly plain, one in eight awkward."""
    kind = rng.choices(("plain", "foreign", "astral", "long", "markup"), (70, 18, 4, 4, 4))[0]
    if kind == "long":
        return _of_words(rng, LONG_NAMES, rng.randint(51, 400))
    return rng.choice({"plain": PLAIN, "foreign": FOREIGN, "astral": ASTRAL, "markup": MARKUP}[kind])


def product_name(rng: Random) -> str:
    kind = rng.choices(("plain", "long", "any"), (75, 10, 15))[0]
    if kind == "long":
        return long_text(rng, 51, 400)
    if kind == "any":
        return rng.choice(MARKUP + FOREIGN + ASTRAL)
    return rng.choice(("Mug", "Tray", "Screw M3", "Saffron, kg", "Cheese", "Cable, m", "Poster 50 × 70"))


def comment(rng: Random) -> str:
    """What the buyer wrote: a line, several, some kilobytes, or more than 65,535 bytes."""
    kind = rng.choices(("line", "lines", "kilobytes", "beyond"), (60, 25, 13, 2))[0]
    if kind == "beyond":
        return long_text(rng, 60_000, 64_000)
    if kind == "line":
        return long_text(rng, 3, 120)
    if kind == "lines":
        return "\n".join(long_text(rng, 3, 60) for _ in range(rng.randint(2, 5)))
    return "\n\n".join(long_text(rng, 200, 900) for _ in range(rng.randint(3, 8)))


def attributes(rng: Random) -> dict[str, str]:
    """Names and values of what the buyer chose: none, some, two that differ in case only, reserved ones, long ones."""
    chosen = {rng.choice(NAMES): attribute_value(rng) for _ in range(rng.choice((0, 0, 0, 1, 2, 3)))}
    if rng.random() < 0.06:
        chosen |= {"Size": "L", "size": "42", "Übergröße": "nein", "übergröße": "ja"}
    if rng.random() < 0.08:
        chosen[rng.choice(RESERVED)] = "1"
    if rng.random() < 0.03:
        chosen[bmp_text(rng, 65, 120)] = "long name"
    return chosen


def attribute_value(rng: Random) -> str:
    kind = rng.choices(("short", "astral", "long"), (80, 10, 10))[0]
    if kind == "long":
        return long_text(rng, 256, 600)
    return rng.choice(ASTRAL if kind == "astral" else ("XL", "blå", "красный", "Til Mormor", "1", "0", "yes & no"))

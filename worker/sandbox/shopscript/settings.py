"""How one played shop is set up: its tokens, its catalogue, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from worker.sandbox.form import MAX_INPUT_VARS
from worker.sandbox.shopscript.workflow import DEFAULT, Workflow

ACCESS_TOKEN = "test-shopscript-token"  # noqa: S105  a played shop's
EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One shop.

    ``scopes`` maps each token to the apps it may use, and one that has run out to ``EXPIRED``. ``couriers`` maps the
    tokens of couriers to the courier's id; ``onlookers`` are tokens whose user may move no order, ``blind`` those whose
    user may see none in a search. ``catalogue`` maps each variant's id to its price, ``names`` to its name, and
    ``unknown_skus`` are those that the shop has not; ``discount_percent`` is the one rule by which the shop calculates
    a discount. ``currencies`` are those that are set up beside ``currency``. ``taxes`` maps a country, as three small
    letters, to its rate and whether prices carry it; the shop computes them by the address of the customer alone.
    ``has_fractions`` says that quantities may be parts of a piece, ``has_innodb`` that the table of parameters is
    InnoDB, as hosts make it, and not MyISAM, as the installer does. ``mails``: the shop's notifications are on.
    ``language`` is that of the tokens' users. ``reads_header`` is False in shops too old to take a token from there,
    ``needs_items`` True in those older than 12, which take no edit without lines. ``php`` is its major version.
    """

    scopes: Mapping[str, str] = field(default_factory=lambda: {ACCESS_TOKEN: "shop"})
    couriers: Mapping[str, str] = field(default_factory=dict)
    onlookers: frozenset[str] = frozenset()
    blind: frozenset[str] = frozenset()
    catalogue: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    unknown_skus: frozenset[str] = frozenset()
    currency: str = "USD"
    currencies: frozenset[str] = frozenset({"USD", "EUR", "DKK", "JPY", "GBP"})
    taxes: Mapping[str, tuple[Decimal, bool]] = field(default_factory=dict)
    has_fractions: bool = False
    has_innodb: bool = False
    mails: bool = True
    php: int = 8
    discount_percent: int = 0
    language: Literal["ru", "en"] = "ru"
    workflow: Workflow = DEFAULT
    max_input_vars: int = MAX_INPUT_VARS
    is_enabled: bool = True
    is_licensed: bool = True
    has_database: bool = True
    forces_tls: bool = False
    reads_header: bool = True
    needs_items: bool = False

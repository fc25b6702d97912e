"""Secrets taken out of text, in every spelling they commonly travel in."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from urllib.parse import quote, quote_plus

MASK = "***"
_SHORT = 4  # characters: below that a secret is masked only where it stands alone, or every text turns to stars
_BASE64_CORE = 6  # characters: a shorter run of base64 says too little and is found in too much


def spellings(value: str) -> set[str]:
    """A value as it stands, and as URL, form, JSON, PHP's JSON and HTML escape it."""
    in_json = json.dumps(value)[1:-1]
    return {
        value,
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
        in_json,
        in_json.replace("/", "\\/"),
        json.dumps(value, ensure_ascii=False)[1:-1],
        escape(value),
    }


def in_base64(value: str) -> set[str]:
    """A value inside base64 text, at each of the three places of a group it may begin at (``user:secret``)."""
    raw = value.encode()
    cores = set()
    for offset, skipped in ((0, 0), (1, 2), (2, 3)):
        whole = (offset + len(raw)) * 8 // 6
        core = b64encode(bytes(offset) + raw)[skipped:whole].decode()
        if len(core) >= _BASE64_CORE:
            cores |= {core, core.replace("+", "-").replace("/", "_")}
    return cores


@lru_cache(maxsize=256)
def secret_needles(secret: str) -> frozenset[str]:
    """Every text that gives a secret away. Empty for a secret too short to be looked for inside other words."""
    if len(secret) < _SHORT:
        return frozenset()
    return frozenset(spellings(secret) | in_base64(secret))


def needles_of(secrets: Iterable[str]) -> set[str]:
    """Texts of which at least one is in every text that ``pattern_of`` finds something in, but for the case."""
    return {needle for secret in secrets if secret for needle in secret_needles(secret) or {secret}}


def pattern_of(secrets: Iterable[str]) -> str:
    """A regular expression that finds any of the secrets, the longest spelling first; empty where there is none."""
    known = {secret for secret in secrets if secret}
    needles = {needle for secret in known for needle in secret_needles(secret)}
    parts = [re.escape(needle) for needle in sorted(needles, key=len, reverse=True)]
    parts += [rf"(?<!\w){re.escape(secret)}(?!\w)" for secret in sorted(known) if len(secret) < _SHORT]
    return "|".join(parts)

"""What goes wrong at the vendors all the time, at random: a few calls in a hundred."""

from __future__ import annotations

import random
from typing import Any

from tests.fakes.house import House

PRIMES = (43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)
"""How many calls lie between two faults of a sort: primes, so that they do not march in step."""

RARE = 499
"""Answers that cannot be read: three in a row at one order would rightly bury it, and no such row may come by chance."""

ERRORS: tuple[dict[str, Any], ...] = (
    {"do": "reset_before"},
    {"do": "reset_after"},
    {"do": "commit_late", "delay_s": 0.5, "match": {"mutating": True}},
    {"do": "status", "status": 503},
    {"do": "delay", "delay_s": 0.3},
)


def err(house: House, chance: random.Random, *, moment_s: float = 0.01) -> None:
    """From now on every vendor errs in all ways, each in one or two calls of a hundred; the others take ``moment_s``."""
    for kind in house.kinds:
        for error, every in zip(ERRORS, chance.sample(PRIMES, len(ERRORS)), strict=True):
            house.fault(kind, **{**error, "times": None, "match": {**error.get("match", {}), "every": every}})
        house.fault(kind, do="half", times=None, match={"mutating": True, "every": RARE})
        house.fault(kind, do="delay", delay_s=moment_s, times=None)

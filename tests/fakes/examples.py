"""How many examples a property is tried with: a few in the tests of every day, all in ``make bounds``."""

from __future__ import annotations

import os

IS_FULL = os.environ.get("ORDERCAST_BOUNDS") == "full"
QUICK = 25
EXAMPLES = 100 if IS_FULL else QUICK
"""Where a property names no number of its own."""


def examples(full: int) -> int:
    """So many in ``make bounds``, and no more than ``QUICK`` else."""
    return full if IS_FULL else min(full, QUICK)

"""How many orders are tried: as many as a suite can wait for, or all with ``ORDERCAST_AWKWARD=full``."""

from __future__ import annotations

import os

FULL = os.environ.get("ORDERCAST_AWKWARD") == "full"

STRAIGHT_ORDERS = 10_000 if FULL else 400
HOUSE_ORDERS = 1_000 if FULL else 60
HOUSE_WAIT_S = 1_500 if FULL else 150
EVERY_UPDATED = 3
EVERY_ENDED = 10

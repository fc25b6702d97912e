"""How large the stories are: in full, or short for CI (``make chaos SHORT=1``)."""

from __future__ import annotations

import os

IS_FULL = os.environ.get("ORDERCAST_CHAOS") == "full"

ORDERS = 10_000 if IS_FULL else 1_000
WORKER_KILLS = 200 if IS_FULL else 20
STORE_KILLS = 30 if IS_FULL else 5
BETWEEN_S = (1.5, 6.5) if IS_FULL else (1.2, 3.6)
"""Seconds from kill to kill."""

FEW_ORDERS = 250 if IS_FULL else 24
"""For a story about one fault."""

ROUNDS = 5 if IS_FULL else 1
"""How often such a fault comes."""

SETTLED_WITHIN_S = 3_600 if IS_FULL else 600

"""What a worker says of itself with each beat, for ``status`` and ``check``."""

from __future__ import annotations

import msgspec


class WorkerFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """``release`` is the version of the software, ``table`` the version of the provider table it works by.

    ``restarts`` counts its loops that a defect ended and that were started again since the worker's start; ``failing``
    names those that are down at present. ``leaves`` are the providers of the table that it does not work, each with
    why.
    """

    release: str = ""
    table: int = 0
    restarts: int = 0
    failing: tuple[str, ...] = ()
    leaves: dict[str, str] = {}


encode_facts = msgspec.json.encode
decode_facts = msgspec.json.Decoder(WorkerFacts).decode

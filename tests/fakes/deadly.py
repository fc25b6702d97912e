"""A door at which one event kills whoever brings it, as kill -9 would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from worker.intake.admission import Admission
from worker.ledger.intake import Reader, Receipt


class Killed(BaseException):
    """What nobody catches."""


class DeadlyDoor(Admission):
    """Lets everything in but the event whose id is ``poison``."""

    def admit(self, raws: Sequence[Any], reader: Reader | None = None) -> list[Receipt]:
        if any(event["id"] == "poison" for event in raws):
            raise Killed
        return super().admit(raws, reader)

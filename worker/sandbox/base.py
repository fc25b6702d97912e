"""What a simulated vendor is: a call in, an answer out, and records that tests and people can read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class VendorCall:
    """One HTTP request as it came: ``path`` without the ``/<kind>`` in front and the query, header names lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    at: float  # seconds, the sandbox's clock


@dataclass(frozen=True, slots=True)
class VendorAnswer:
    """One HTTP response."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


class Vendor(ABC):
    """One vendor, played as strictly and oddly as the real one. The server calls ``answer`` under the vendor's lock."""

    kind: ClassVar[str]

    @abstractmethod
    def answer(self, call: VendorCall) -> VendorAnswer:
        """Do what the vendor would do, and answer as it would. Effects are committed when this returns."""

    @abstractmethod
    def orders(self) -> list[dict[str, Any]]:
        """Every order it holds, oldest first. Each has at least ``key`` (our order key as the vendor knows it, or
        null) and ``id`` (the vendor's), beside the vendor's own fields."""

    @abstractmethod
    def reset(self) -> None:
        """Forget everything."""

    def hide_new(self, seconds: float) -> None:  # noqa: B027  a vendor without a search has nothing to hide from it
        """From now on, orders can be found by search only ``seconds`` after they were made (an index that lags).
        A vendor without a search ignores it."""

"""Who runs against whom. Each is the same to the contest: processes to start, orders to be given, a store or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from worker.embedded import EmbeddedStore


@dataclass(frozen=True, slots=True)
class Scene:
    """What one run takes place in: a directory of its own, its ordercast.toml, and a fresh store."""

    scratch: Path
    config: Path
    store: EmbeddedStore


class Contestant(Protocol):
    """One way to bring orders to four accounts."""

    name: str
    uses_store: bool

    def commands(self, scene: Scene) -> Sequence[Sequence[str]]:
        """The worker processes to start."""

    def environ(self, scene: Scene) -> Mapping[str, str]:
        """What they need in their environment."""

    def hand_over(self, scene: Scene, events: Sequence[dict[str, Any]]) -> None:
        """Give them these orders. Returns when all of them are where the workers take them from."""

"""A provider that needs no network: its operation says what it is told, and remembers what was asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from schemas.outcome import Outcome
from worker.providers.base import Conversation, Job, Lookup, LookupResult, OnUnknown, Operation, Provider


@dataclass
class Script:
    """What is told: what a look-up sees, what the conversation comes to; and what happened, in order."""

    outcome: Outcome
    sighting: LookupResult | None = None
    on_unknown: OnUnknown = "look_up"
    happened: list[str] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)


class Scripted(Provider):
    """One account of it."""

    kind = "retargeting"

    def __init__(self, config: Any, script: Script) -> None:
        super().__init__(config, memory=None)  # type: ignore[arg-type]  # nothing of it is kept
        self.script = script

    def operation(self, job: Job) -> Operation:
        self.script.jobs.append(job)
        return Operation("act", self._act, on_unknown=self.script.on_unknown, look_up=self._look)

    def _act(self) -> Conversation:
        self.script.happened.append("act")
        return self.script.outcome
        yield

    def _look(self) -> Lookup:
        self.script.happened.append("look")
        assert self.script.sighting is not None
        return self.script.sighting
        yield

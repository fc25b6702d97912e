"""Faults on demand: what shall go wrong, with which calls, and how often."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from worker.sandbox.base import VendorCall

EFFECTS = frozenset({
    "status", "delay", "hang", "reset_before", "reset_after", "commit_late", "index_late", "half", "garbage",
    "redirect", "huge", "slow",
})  # fmt: skip
READING = frozenset({"GET", "HEAD", "OPTIONS"})
READING_POSTS = ("*/oauth/v2/token", "*/products/mapping.json")
MAX_STATUS = 599
MAX_DELAY_S = 86_400


class BadFault(ValueError):
    """The fault asked for is none; the message says why."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which calls a fault is for: all of what is given must hold. ``path`` is a glob, ``every`` takes each n-th."""

    method: str | None = None
    path: str | None = None
    body_contains: str | None = None
    every: int = 1
    mutating: bool | None = None

    def fits(self, call: VendorCall) -> bool:
        return (
            (self.method is None or self.method.upper() == call.method)
            and (self.path is None or fnmatchcase(call.path, self.path))
            and (self.body_contains is None or self.body_contains.encode() in call.body)
            and (self.mutating is None or self.mutating == is_mutating(call))
        )


@dataclass(slots=True)
class InjectedFault:
    """One fault. ``times`` is how often it still comes, ``None`` until it is removed; ``seen`` counts fitting calls."""

    do: str
    times: int | None = 1
    match: Match = field(default_factory=Match)
    status: int | None = None
    delay_s: float | None = None
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    id: int = 0
    seen: int = 0


class Faults:
    """One vendor's faults, the oldest first. Not safe by itself: its vendor's lock guards it."""

    def __init__(self) -> None:
        self._faults: list[InjectedFault] = []
        self._last_id = 0

    def add(self, fault: InjectedFault) -> int:
        self._last_id += 1
        fault.id = self._last_id
        self._faults.append(fault)
        return fault.id

    def take(self, call: VendorCall) -> InjectedFault | None:
        """The fault that befalls this call, used up by one; the oldest that fits wins."""
        for fault in self._faults:
            if fault.times == 0 or not fault.match.fits(call):
                continue
            fault.seen += 1
            if fault.seen % fault.match.every == 0:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def clear(self) -> None:
        self._faults.clear()

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]


def is_mutating(call: VendorCall) -> bool:
    return call.method not in READING and not any(fnmatchcase(call.path, glob) for glob in READING_POSTS)


def read_fault(body: bytes) -> InjectedFault:
    """The fault in a JSON object. Raises ``BadFault`` with a sentence that says what is wrong."""
    try:
        wanted = json.loads(body)
    except ValueError as error:
        raise BadFault("A fault is a JSON object.") from error
    _known(wanted, "A fault", {"do", "times", "match", "status", "delay_s", "body", "headers"})
    if _text(wanted, "do") not in EFFECTS:
        raise BadFault(f"do is one of {', '.join(sorted(EFFECTS))}.")
    return InjectedFault(
        do=wanted["do"],
        times=_whole(wanted, "times", 1, None) if wanted.get("times", 1) is not None else None,
        match=_match(wanted.get("match") or {}),
        status=_whole(wanted, "status", None, MAX_STATUS, least=200),
        delay_s=_seconds(wanted),
        body=_text(wanted, "body"),
        headers=_headers(wanted.get("headers") or {}),
    )


def _match(wanted: Any) -> Match:
    _known(wanted, "match", {"method", "path", "body_contains", "every", "mutating"})
    mutating = wanted.get("mutating")
    if not isinstance(mutating, bool | None):
        raise BadFault("mutating is true or false.")
    return Match(
        method=_text(wanted, "method"),
        path=_text(wanted, "path"),
        body_contains=_text(wanted, "body_contains"),
        every=_whole(wanted, "every", 1, None) or 1,
        mutating=mutating,
    )


def _known(wanted: Any, name: str, fields: set[str]) -> None:
    if not isinstance(wanted, dict):
        raise BadFault(f"{name} is a JSON object.")
    unknown = sorted(wanted.keys() - fields)
    if unknown:
        raise BadFault(f"{name} has no field {', '.join(unknown)}; it has {', '.join(sorted(fields))}.")


def _whole(wanted: dict[str, Any], name: str, default: int | None, most: int | None, least: int = 1) -> int | None:
    number = wanted.get(name, default)
    if number is None:
        return default
    if type(number) is not int or number < least or (most is not None and number > most):
        raise BadFault(f"{name} is a whole number from {least}{f' to {most}' if most else ' up'}.")
    return number


def _seconds(wanted: dict[str, Any]) -> float | None:
    seconds = wanted.get("delay_s")
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_DELAY_S:
        raise BadFault(f"delay_s is a number of seconds, from zero to {MAX_DELAY_S}.")
    return float(seconds)


def _text(wanted: dict[str, Any], name: str) -> str | None:
    text = wanted.get(name)
    if text is not None and not isinstance(text, str):
        raise BadFault(f"{name} is text.")
    return text


def _headers(wanted: Any) -> dict[str, str]:
    if not isinstance(wanted, dict) or not all(isinstance(text, str) for text in wanted.values()):
        raise BadFault("headers is a JSON object of texts.")
    if any("\r" in line or "\n" in line for pair in wanted.items() for line in pair):
        raise BadFault("headers hold no line breaks.")
    return dict(wanted)

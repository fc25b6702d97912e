"""The ledger's steps as one library of Lua functions, made once per process from the files in ``scripts/``.

A file is one step. Its first line names the parts that it stands on; a part's ``<part>_begins`` sets what it knows of
the present call, and its ``<part>_ends`` writes what it has put off. As functions of a library all of it is compiled
once and stays, where a script would make each of its closures anew at every call (measured: 28 of 220 µs of a settle,
and the garbage of it).

Library and functions carry the digest of the text, so that workers of two versions on one store each call their own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from worker.ledger.store.keys import lua_prelude

PARTS = (
    *("clock", "state", "held", "loan", "gate", "ready", "hears", "call"),
    *("lane", "dead", "replaying", "claim", "finish", "settling", "seen", "told", "arrivals", "stale", "fan"),
)
"""In the order in which they stand on one another."""

STEPS = (
    *(
        "accept",
        "apply",
        "beat",
        "borrow",
        "bury",
        "claim",
        "discard",
        "epoch",
        "find",
        "forget",
        "hasten",
        "hold",
        "join",
        "leave",
        "lend",
        "link",
    ),
    *("news", "park", "pause", "probed", "reap", "refuse", "renew", "replay", "settle", "shift", "wake"),
)
_NAME = re.compile(r"[A-Za-z_]\w*")
_TURNS = re.compile(r"\w+_(?:begins|ends)\b")
_LOCAL = re.compile(r"^local (?:function (\w+)\(|([\w, ]+?)( =|(?= *(?:--.*)?$)))", re.MULTILINE)
"""A name at the top of a part: a function's, or those of one statement, with a value or without."""

_MAY_BE_REFUSED_WHEN_FULL = {"accept", "refuse", "replay"}


@dataclass(frozen=True, slots=True)
class Library:
    """The whole text, and the name of each step's function."""

    text: str
    functions: dict[str, str]


def clock_is_set_by_hand() -> bool:
    """Only tests say so: in a shop nothing that is in the store can move the clock."""
    return os.environ.get("LEDGER_CLOCK") == "by hand"


@cache
def library() -> Library:
    """The library of this version."""
    steps = {step: _step(step) for step in STEPS}
    texts = {part: _file(f"lib/{part}") for part in PARTS}
    parts = "\n".join(
        _walled(text, [*steps.values(), *(other for other in texts.values() if other is not text)])
        for text in texts.values()
    )
    by_hand = "true" if clock_is_set_by_hand() else "false"
    all_steps = "\n".join(steps.values())
    base = f"local KEYS, ARGV\nlocal BY_HAND = {by_hand}\n{lua_prelude(parts + all_steps)}\n{parts}"
    digest = sha256(f"{base}{all_steps}".encode()).hexdigest()[:8]
    functions = {step: f"ordercast_{digest}_{step}" for step in STEPS}
    # each in a block of its own: a text has room for 200 local names
    registered = "\n".join(f"do\n{steps[step]}\n{_registration(step, name)}\nend" for step, name in functions.items())
    return Library(f"#!lua name=ordercast_{digest}\n{base}\n{registered}\n", functions)


def _walled(part: str, others: Iterable[str]) -> str:
    """A part in a block of its own, out of which only those names reach that the others use: a Lua text has room for
    200 names, and all parts together have more."""
    elsewhere = {*_NAME.findall("\n".join(others)), *_TURNS.findall(part)}
    groups = [[name.strip() for name in (found[1] or found[2]).split(",")] for found in _LOCAL.finditer(part)]
    given = [name for group in groups if not elsewhere.isdisjoint(group) for name in group]

    def inside(found: re.Match[str]) -> str:
        names = [name.strip() for name in (found[1] or found[2]).split(",")]
        if elsewhere.isdisjoint(names):
            return found[0]
        if found[1]:
            return f"function {found[1]}("
        return f"{found[2]}{found[3]}" if found[3].strip() == "=" else "--"

    declared = f"local {', '.join(given)}\n" if given else ""
    return f"{declared}do\n{_LOCAL.sub(inside, part)}\nend"


def _file(name: str) -> str:
    return (files("worker.ledger") / "scripts" / f"{name}.lua").read_text()


def _step(step: str) -> str:
    """A step as a function of its own, which begins what its parts know of the call."""
    begun = [f"{part}_begins()" for part in _parts(step) if _has(part, "begins")]
    return f"local function step()\n{' '.join(begun)}\n{_file(step)}\nend"


def _parts(step: str) -> list[str]:
    """What a step stands on."""
    named = re.match(r"-- with: ([a-z ]+)\n", _file(step))
    return named.group(1).split() if named else []


def _has(part: str, what: str) -> bool:
    return f"function {part}_{what}()" in _file(f"lib/{part}")


def _registration(step: str, name: str) -> str:
    flags = "" if step in _MAY_BE_REFUSED_WHEN_FULL else "'allow-oom'"
    ended = " ".join(f"{part}_ends()" for part in _parts(step) if _has(part, "ends"))
    told = f"local answer = step() {ended} return answer" if ended else "return step()"
    call = f"function(keys, args) KEYS, ARGV = keys, args begin(keys[1]) {told} end"
    return f"redis.register_function{{function_name='{name}', callback={call}, flags={{{flags}}}}}"

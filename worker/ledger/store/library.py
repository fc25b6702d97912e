"""The ledger's steps as one library of Lua functions, made once per process from the files in ``scripts/``.

A file in ``scripts/`` is one step. A file in ``scripts/lib/`` is one part that steps stand on: a table of functions and
figures, which is all that reaches out of its file, under the file's name. A step's own knowledge of its call is the
request ``r``, made anew before each (``lib/request.lua``); what it puts off is written at its end (``lib/gate.lua``).
As functions of a library all of it is compiled once and stays, where a script would make each of its closures anew at
every call (measured: 28 of 220 µs of a settle, and the garbage of it).

Library and functions carry the digest of the text, so that workers of two versions on one store each call their own.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from worker.ledger.store.keys import lua_prelude

NO_STEPS = frozenset(["answer", "depth", "drop", "take"])
"""What runs on the broker, or where Celery keeps results. All else in ``scripts/`` is a step on the ledger."""

_MAY_BE_REFUSED_WHEN_FULL = frozenset(
    ["accept", "cause_mark", "heal", "refuse", "replay", "job_backfill", "job_open", "job_replay", "job_schedule"]
)
_GLOBALS = "redis, cjson, math, string, table, ipairs, pairs, select, tonumber, tostring, type, unpack"
"""What the server and the language give. They are looked up at the first call, since they are not there before, and
then kept: a global is looked for in two tables at each use."""

_SCRIPTS = files("worker.ledger") / "scripts"
_NAMES = sorted(file.name.removesuffix(".lua") for file in _SCRIPTS.iterdir() if file.name.endswith(".lua"))
STEPS = tuple(name for name in _NAMES if name not in NO_STEPS)


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
    steps = {step: (_SCRIPTS / f"{step}.lua").read_text() for step in STEPS}
    parts = {name: (_SCRIPTS / "lib" / f"{name}.lua").read_text() for name in part_names()}
    by_hand = "true" if clock_is_set_by_hand() else "false"
    base = "\n".join(
        (
            "local register = redis.register_function",
            f"local function globals() return {_GLOBALS} end",
            f"local {_GLOBALS}",
            f"local BY_HAND = {by_hand}",
            lua_prelude("\n".join((*parts.values(), *steps.values()))),
            f"local r, {', '.join(parts)}",
            *(f"{name} = (function()\n{part}end)()" for name, part in parts.items()),
        )
    )
    digest = sha256(f"{base}{steps}".encode()).hexdigest()[:8]
    functions = {step: f"ordercast_{digest}_{step}" for step in STEPS}
    registered = "\n".join(_registered(step, functions[step], text) for step, text in steps.items())
    return Library(f"#!lua name=ordercast_{digest}\n{base}\n{registered}\n", functions)


def part_names() -> list[str]:
    """The parts that there are."""
    return sorted(file.name.removesuffix(".lua") for file in (_SCRIPTS / "lib").iterdir() if file.name.endswith(".lua"))


def _registered(step: str, name: str, text: str) -> str:
    """A step as a function of the library, in a block of its own: a Lua text has room for 200 local names."""
    flags = "" if step in _MAY_BE_REFUSED_WHEN_FULL else "'allow-oom'"
    bound = f"if not redis then {_GLOBALS} = globals() end"
    called = "K.begin(keys[1]) r = request.new() local answer = step(args) gate.write_put_off() return answer"
    callback = f"function(keys, args) {bound} {called} end"
    registration = f"register{{function_name='{name}', callback={callback}, flags={{{flags}}}}}"
    return f"do\nlocal function step(ARGV)\n{text}end\n{registration}\nend"

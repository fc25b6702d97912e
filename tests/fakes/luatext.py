"""The ledger's Lua as text: what each file defines, names and sets."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "worker" / "ledger" / "scripts"

_PIECE = re.compile(r"(?P<comment>--[^\n]*)|'(?:[^'\\\n]|\\.)*'")
_LOCALS = re.compile(r"\blocal (?:function )?([\w, ]+)|\bfor ([\w, ]+?) (?:in\b|=)|\bfunction [\w.]*\(([\w, ]*)\)")


class LuaText:
    """One file. ``code`` is its text without comments; ``bare`` also without what is between quotes."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.text = path.read_text()
        self.code = _PIECE.sub(lambda found: "" if found["comment"] else found[0], self.text)
        self.bare = _PIECE.sub(lambda found: "" if found["comment"] else "''", self.text)

    @cached_property
    def functions(self) -> dict[str, str]:
        """Of a part: "part.function" → its text without comments and quotes."""
        begins = [*re.finditer(r"^function (\w+\.\w+)\(", self.bare, re.MULTILINE)]
        ends = [*(found.start() for found in begins), len(self.bare)][1:]
        return {found[1]: self.bare[found.start() : end] for found, end in zip(begins, ends, strict=True)}

    @property
    def locals(self) -> set[str]:
        """Every name that is local to a function of this file: its variables and its arguments."""
        inside = [*self.functions.values()] or [self.bare]
        groups = (group for text in inside for found in _LOCALS.finditer(text) for group in found.groups() if group)
        return {name.strip() for group in groups for name in group.split(",")}

    @property
    def in_table(self) -> set[str]:
        """What stands in the table of a part from the first: "local part = {…}"."""
        found = re.search(rf"^local {self.name} = {{(.*)}} *$", self.bare, re.MULTILINE)
        return set(re.findall(r"(\w+) = ", re.sub(r"{[^{}]*}", "{}", found[1]))) if found else set()

    @property
    def set_later(self) -> set[str]:
        """What a part sets of its table outside its functions."""
        return set(re.findall(rf"^{self.name}\.(\w+) =", self.bare, re.MULTILINE))


def parts() -> dict[str, LuaText]:
    return {path.stem: LuaText(path) for path in sorted((SCRIPTS / "lib").glob("*.lua"))}


def steps() -> dict[str, LuaText]:
    return {path.stem: LuaText(path) for path in sorted(SCRIPTS.glob("*.lua"))}


def named_of_all(wanted: Collection[str], text: str) -> list[str]:
    """Each time that a text names a field of one of these tables, as "table.field"; or a "table.field" of these."""
    found = re.findall(r"(?<![\w.])(\w+)\.(\w+)", text)
    return [f"{table}.{field}" for table, field in found if table in wanted or f"{table}.{field}" in wanted]


def of_request(text: str) -> set[str]:
    """The fields of the request that a text names."""
    return {name.partition(".")[2] for name in named_of_all({"r"}, text)}


def set_of_request(text: str) -> set[str]:
    """Those that it sets, one or several in a statement."""
    sides = re.findall(r"^[^=\n]*?(r\.\w+(?:, r\.\w+)*) = ", text, re.MULTILINE)
    return {name.strip().removeprefix("r.") for side in sides for name in side.split(",")}


def fields_written(code: str) -> set[str]:
    """The fields that a text writes to or takes out of a "delivery" hash, in whatever form: a command's arguments, or
    the table that is given to ``delivery.note`` or ``ending.note``."""
    written: set[str] = set()
    for command, arguments in re.findall(r"'(HSET|HDEL|HINCRBY)', K\.delivery\((.*)", _joined(code)):
        names = re.findall(r"'(\w+)'", _after_key(arguments))
        written.update(names if command == "HDEL" else names[:1] if command == "HINCRBY" else _every_other(arguments))
    for table in re.findall(r"(?:ending\.note\(c, |delivery\.note\(p, seq, |local fields = ){(.*?)}", code, re.DOTALL):
        written.update(re.findall(r"(\w+) = ", table))
    if "ending.note" in code:
        written.update(re.findall(r"\bfields\.(\w+) = ", code))
    return written


def _joined(code: str) -> str:
    """Each statement in one line."""
    return re.sub(r",\n\s+", ", ", code)


def _after_key(arguments: str) -> str:
    """What comes after the brackets of ``K.delivery(…)``."""
    return _split(arguments, 1)[1]


def _every_other(arguments: str) -> list[str]:
    """Of field, value, field, value …: the fields that are named."""
    pieces = [piece.strip() for piece in _pieces(_after_key(arguments))]
    return [name[1:-1] for name in pieces[::2] if re.fullmatch(r"'\w+'", name)]


def _split(text: str, depth: int) -> tuple[str, str]:
    """A text up to where its open brackets are closed, and what follows."""
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if not depth:
            return text[:at], text[at + 1 :].lstrip(", ")
    return text, ""


def _pieces(arguments: str) -> list[str]:
    """The arguments of a call up to its closing bracket, split where no bracket is open."""
    inside, _ = _split(arguments, 1)
    pieces, depth = [""], 0
    for char in inside:
        depth += (char == "(") - (char == ")")
        if char == "," and not depth:
            pieces.append("")
        else:
            pieces[-1] += char
    return pieces

"""A PHP form as PHP reads it: brackets become nested maps, and what is past the cap is cut without a word.

Source: ``add_post_vars`` and ``php_register_variable_ex`` of PHP 8.2, and its built-in server run on loopback
(2026-11-22): ``max_input_vars = 1000`` lets 1,001 variables of a POST through, because PHP counts after it registers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

MAX_INPUT_VARS = 1000
MAX_NESTING = 64

_MANGLED = str.maketrans({" ": "_", ".": "_", "[": "_"})


def read_form(body: bytes, max_input_vars: int = MAX_INPUT_VARS) -> dict[str, Any]:
    """What PHP's ``$_POST`` holds for this body: a map of text to text or to a further map, in the order sent.

    Every key is text, as whole numbers in brackets are keys too: ``1[0][id]=7`` is ``{"1": {"0": {"id": "7"}}}``;
    ``a[]=x`` takes the next free number. A later variable replaces an earlier one of the same name. Bytes that are
    no UTF-8 are read as U+FFFD. Never raises.
    """
    form: dict[str, Any] = {}
    for pair in body.split(b"&")[: max_input_vars + 1]:
        name, _, text = pair.partition(b"=")
        path = _path(name)
        if path:
            _register(form, path, _decoded(text))
    return form


@lru_cache(maxsize=8192)
def _path(name: bytes) -> tuple[str | None, ...]:
    """The keys from the outside in, ``None`` for an empty bracket; empty where PHP drops the variable."""
    text = _decoded(name).lstrip(" ").partition("\0")[0]
    top, bracket, rest = text.partition("[")
    if not top:
        return ()
    if bracket and "]" not in rest:
        return (text.translate(_MANGLED),)
    path: list[str | None] = [top.translate(_MANGLED)]
    while bracket:
        key, closed, rest = rest.partition("]")
        if not closed:
            break
        path.append(None if key == "" or (len(key) == 1 and key.isspace()) else key)
        bracket, rest = rest[:1] if rest.startswith("[") else "", rest[1:]
    return tuple(path) if len(path) <= MAX_NESTING + 1 else ()


def _register(form: dict[str, Any], path: tuple[str | None, ...], text: str) -> None:
    branch = form
    for key in path[:-1]:
        name = _next_number(branch) if key is None else key
        below = branch.get(name)
        if not isinstance(below, dict):
            below = branch[name] = {}
        branch = below
    last = path[-1]
    branch[_next_number(branch) if last is None else last] = text


def _next_number(branch: dict[str, Any]) -> str:
    numbers = [int(key) for key in branch if key.lstrip("-").isdecimal() and str(int(key)) == key]
    return str(max(numbers) + 1) if numbers else "0"


def _decoded(text: bytes) -> str:
    if b"+" in text or b"%" in text:
        text = unquote_to_bytes(text.replace(b"+", b" "))
    return text.decode("utf-8", "replace")

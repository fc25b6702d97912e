"""Shop-Script's XML, played: what the framework's writer makes of an answer, and what it loses.

A list of maps under a plural name becomes elements of the singular; any other list repeats its own element; an empty
list vanishes; ``0`` and ``""`` are both an empty element. Source: waAPIDecoratorXML, webasyst-framework 3.8.4.
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape


def write_xml(answer: dict[str, Any] | list[Any]) -> bytes:
    """The answer as a document, root ``response``."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<response>']
    _write(parts, answer, "")
    parts.append("</response>\n")
    return "".join(parts).encode()


def _write(parts: list[str], branch: dict[str, Any] | list[Any], singular: str) -> None:
    for key, leaf in _pairs(branch):
        if isinstance(leaf, dict | list):
            if key is not None:
                _write_named(parts, key, leaf)
            elif singular:
                _element(parts, singular, leaf, "")
            else:
                _write(parts, leaf, "")
        elif key is not None or singular:
            _leaf(parts, key or singular, leaf)


def _write_named(parts: list[str], name: str, branch: dict[str, Any] | list[Any]) -> None:
    first = next((leaf for _, leaf in _pairs(branch)), None)
    singular = _singular(name) if isinstance(first, dict | list) and name.endswith("s") else ""
    if singular or not _is_list(branch):
        _element(parts, name, branch, singular)
    else:
        _write(parts, branch, name)


def _element(parts: list[str], name: str, branch: dict[str, Any] | list[Any], singular: str) -> None:
    parts.append(f"<{name}>")
    _write(parts, branch, singular)
    parts.append(f"</{name}>")


def _leaf(parts: list[str], name: str, leaf: object) -> None:
    text = "" if leaf in (None, False, 0, "", "0") else escape(str(leaf))
    parts.append(f"<{name}>{text}</{name}>" if text else f"<{name}/>")


def _pairs(branch: dict[str, Any] | list[Any]) -> list[tuple[str | None, Any]]:
    """Keys and leaves; the key of a list, or a whole number, is None: PHP has only one kind of array."""
    if isinstance(branch, list):
        return [(None, leaf) for leaf in branch]
    return [(None if str(key).isdecimal() else str(key), leaf) for key, leaf in branch.items()]


def _is_list(branch: dict[str, Any] | list[Any]) -> bool:
    return isinstance(branch, list) or [str(key) for key in branch] == [str(n) for n in range(len(branch))]


def _singular(name: str) -> str:
    return name[:-3] + "y" if name.endswith("ies") else name[:-1]

"""Shop-Script's XML, played: what the framework's writer makes of an answer, and what it loses.

A list of maps under a plural name becomes elements of the singular; any other list repeats its own element; an empty
list vanishes; nothing and, on PHP 7, the number 0 are an empty element. A key that is no name of an element breaks it.
Source: waAPIDecoratorXML, webasyst-framework 3.8.4, run on loopback with PHP 8.2 (2026-11-29).
"""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import escape

_NAME = re.compile(r"[^\W\d][\w.-]*")
_PHP_8 = 8  # since then 0 is not equal to an empty text


class NoElement(Exception):
    """A key that cannot be an element's name: the answer is a server error."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Invalid Character Error: {name}")


def write_xml(answer: dict[str, Any] | list[Any] | None, php: int = _PHP_8) -> bytes:
    """The answer as a document, root ``response``. Raises ``NoElement``."""
    if not answer:
        return b'<?xml version="1.0" encoding="UTF-8"?>\n<response/>\n'
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<response>']
    _Writer(parts, php).write(answer, "", "\n  ")
    parts.append("\n</response>\n")
    return "".join(parts).encode()


class _Writer:
    def __init__(self, parts: list[str], php: int) -> None:
        self.parts = parts
        self.php = php

    def write(self, branch: dict[str, Any] | list[Any], singular: str, indent: str) -> None:
        for key, leaf in _pairs(branch):
            if isinstance(leaf, dict | list):
                if key is not None:
                    self._named(key, leaf, indent)
                elif singular:
                    self._element(singular, leaf, "", indent)
                else:
                    self.write(leaf, "", indent)
            elif key is not None or singular:
                self._leaf(key or singular, leaf, indent)

    def _named(self, name: str, branch: dict[str, Any] | list[Any], indent: str) -> None:
        first = next((leaf for _, leaf in _pairs(branch)), None)
        singular = _singular(name) if isinstance(first, dict | list) and name.endswith("s") else ""
        if singular or not _is_list(branch):
            self._element(name, branch, singular, indent)
        else:
            self.write(branch, name, indent)

    def _element(self, name: str, branch: dict[str, Any] | list[Any], singular: str, indent: str) -> None:
        self.parts.append(f"{indent}<{_name(name)}>")
        self.write(branch, singular, f"{indent}  ")
        self.parts.append(f"{indent}</{name}>")

    def _leaf(self, name: str, leaf: object, indent: str) -> None:
        text = "" if leaf is None else escape(str(leaf))
        if leaf is False or (leaf == 0 and not isinstance(leaf, str) and self.php < _PHP_8):
            text = ""
        self.parts.append(f"{indent}<{_name(name)}>{text}</{name}>" if text else f"{indent}<{_name(name)}/>")


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise NoElement(name)
    return name


def _pairs(branch: dict[str, Any] | list[Any]) -> list[tuple[str | None, Any]]:
    """Keys and leaves; the key of a list, or a whole number, is None: PHP has only one kind of array."""
    if isinstance(branch, list):
        return [(None, leaf) for leaf in branch]
    return [(None if str(key).isdecimal() else str(key), leaf) for key, leaf in branch.items()]


def _is_list(branch: dict[str, Any] | list[Any]) -> bool:
    return isinstance(branch, list) or [str(key) for key in branch] == [str(n) for n in range(len(branch))]


def _singular(name: str) -> str:
    return name[:-3] + "y" if name.endswith("ies") else name[:-1]

"""What the rooms of the ledger offer: their public classes and functions, and which stores each is given."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import worker.ledger


def modules() -> Iterator[ModuleType]:
    for found in walk_packages(worker.ledger.__path__, "worker.ledger."):
        if not found.name.startswith("worker.ledger.store"):
            yield import_module(found.name)


def public(module: ModuleType) -> Iterator[Any]:
    for name, one in vars(module).items():
        is_ours = getattr(one, "__module__", "") == module.__name__ and not name.startswith("_")
        if is_ours and (inspect.isclass(one) or inspect.isfunction(one)):
            yield one


def stores_of(one: Any) -> set[str]:
    """What a class or a function calls the stores that it is given."""
    return {name for name, argument in inspect.signature(one).parameters.items() if argument.annotation == "Store"}


def methods_of(one: Any) -> set[str]:
    if not inspect.isclass(one):
        return {one.__name__}
    members = ((name, member) for name, member in vars(one).items() if not name.startswith("_"))
    return {
        f"{one.__name__}.{n}" for n, member in members if inspect.isfunction(member) or isinstance(member, property)
    }

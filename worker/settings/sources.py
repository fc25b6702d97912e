"""``[sources."shop/x"]`` tables: what is known of one shop that its events do not say."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError

from schemas.config import SourceConfig
from schemas.config_schema import SOURCE
from schemas.event_schema import SOURCE_PATTERN
from worker.settings.problems import sentences


def load_sources(tables: Any, problems: list[str]) -> dict[str, SourceConfig]:
    """What is set of each source by its name; problems are added to the list."""
    if not isinstance(tables, dict):
        problems.append('sources: must be tables, [sources."shop/x"]')
        return {}
    found = {}
    for name, table in tables.items():
        path = f'sources."{name}"'
        if not re.fullmatch(SOURCE_PATTERN, name):
            problems.append(f"{path}: is no source: 1 to 128 characters of A-Z a-z 0-9 : / . _ ~ -")
        elif not isinstance(table, dict):
            problems.append(f"{path}: must be a table, [{path}]")
        else:
            try:
                found[name] = SOURCE.load(table)
            except ValidationError as faults:
                problems.extend(f"{place}: {said}" for place, said in sentences(SOURCE, faults.messages, path))
    return found

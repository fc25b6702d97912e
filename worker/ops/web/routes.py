"""Every address of the web and who may ask for it, as the table of docs/desk.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from schemas.config import Config
from schemas.principal import Role
from worker import embedded
from worker.ledger.store.client import Store
from worker.ops.desk.desk import Desk
from worker.ops.web.app import create_app
from worker.ops.web.identity import may, needed
from worker.ops.web.wording import WebWording

BEGINS = "<!-- made by"


def routes(app: Flask) -> Iterator[tuple[str, str, Role | None]]:
    """Method, address and the least role of each; ``None`` where anybody may."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (str(rule), str(sorted(rule.methods or ())))):
        wanted = needed(app, rule.endpoint)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, str(rule), wanted if isinstance(wanted, Role) else None


def table(app: Flask) -> str:
    """A row for each, as Markdown."""
    lines = ["| address | viewer | operator | admin | producer |", "|---|---|---|---|---|"]
    for method, address, wanted in routes(app):
        marks = ["yes" if wanted is None or may(role, wanted) else "–" for role in ROLES]
        shown = f"`{method} {address}`" + (" (anybody)" if wanted is None else "")
        lines.append(f"| {shown} | {' | '.join(marks)} |")
    return "\n".join(lines)


ROLES = (Role.VIEWER, Role.OPERATOR, Role.ADMIN, Role.PRODUCER)


def with_table(page: str, app: Flask) -> str:
    """The page with the table as it is now."""
    kept, _, rest = page.partition(BEGINS)
    return f"{kept}{BEGINS}{rest.splitlines()[0]}\n\n{table(app)}\n"


def main(path: str) -> None:
    """Renew the table of a page."""
    with TemporaryDirectory() as directory, embedded.hold(Path(directory)) as held:
        desk = Desk(Store(held.url), Config(), list, WebWording())
        file = Path(path)
        file.write_text(with_table(file.read_text(), create_app(desk, desk.config)))


if __name__ == "__main__":
    main(sys.argv[1])

"""The settings in force."""

from __future__ import annotations

from flask import Blueprint, render_template

from schemas.principal import Role
from worker.ledger.provider_rows import read_table
from worker.ops.desk.settings_in_force import SettingInForce, behind, settings_in_force
from worker.ops.web.current import desk, web
from worker.ops.web.identity import needs

blp = Blueprint("settings", __name__)


@blp.get("/settings")
@needs(Role.VIEWER)
def settings() -> str:
    """Each with where it comes from. Without secrets: addresses lose their passwords, and keys are not shown."""
    config, table = web().config, read_table(desk().store)
    tables: dict[str, list[SettingInForce]] = {}
    for one in settings_in_force(config, table):
        tables.setdefault(one.table, []).append(one)
    return render_template(
        "settings.html",
        tables=tables,
        file=desk().applying.file,
        behind=behind(web().board.status().workers, table.version) if table.version else [],
        has_providers=bool(config.providers),
    )

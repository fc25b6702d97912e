"""The settings in force."""

from __future__ import annotations

import msgspec
from flask import Blueprint, render_template

from schemas.principal import Role
from worker.ledger.store.client import shown
from worker.ops.desk.desk import accounts
from worker.ops.web.current import desk, web
from worker.ops.web.identity import needs

blp = Blueprint("settings", __name__)


@blp.get("/settings")
@needs(Role.VIEWER)
def settings() -> str:
    """Without secrets: addresses lose their passwords, and providers' keys are not among what is shown."""
    config = web().config
    store = msgspec.to_builtins(config.store)
    for name in ("url", "broker_url"):
        store[name] = shown(store[name]) if store.get(name) else None
    store["shards"] = [shown(url) for url in store.get("shards") or ()]
    tables = {
        "store": store,
        "retention": msgspec.to_builtins(config.retention),
        "limits": msgspec.to_builtins(config.limits),
        "web": msgspec.to_builtins(config.web),
    }
    return render_template("settings.html", tables=tables, accounts=accounts(config), file=desk().applying.file)

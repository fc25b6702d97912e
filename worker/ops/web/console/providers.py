"""Providers: how each stands, a test now, pause and resume, its limits, and the provider table."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from schemas.principal import Role
from worker.errors import OrdercastError
from worker.ops.desk.capabilities import cells
from worker.ops.desk.desk import accounts
from worker.ops.desk.sentences import provider_sentence
from worker.ops.desk.vendor_queries import VendorQueries, open_account
from worker.ops.web.console.reading import why
from worker.ops.web.current import desk, web
from worker.ops.web.identity import needs, whoever
from worker.providers.http import Driver

blp = Blueprint("providers_pages", __name__)


@blp.get("/providers")
@needs(Role.VIEWER)
def providers() -> str:
    return render_template("providers.html", board=web().board.status(), diff=desk().applying.diff(), cells=cells())


@blp.get("/providers/<name>")
@needs(Role.VIEWER)
def provider(name: str) -> str:
    row = next((one for one in web().board.status().providers if one.provider == name), None)
    account = next((one for one in accounts(web().config) if one.provider == name), None)
    if row is None and account is None:
        raise NotFound
    deeds = [deed for deed in desk().deeds() if name in deed.what.split()][:20]
    sentence = provider_sentence(row) if row else ""
    return render_template("provider.html", name=name, row=row, account=account, deeds=deeds, sentence=sentence)


@blp.post("/providers/<name>/test")
@needs(Role.OPERATOR)
def test(name: str) -> Response:
    """Asks the vendor now, past the gate: it changes nothing there."""
    try:
        account = open_account(web().config, name)
        flash(f"{name}: {VendorQueries(account, Driver()).test()}", "good")
    except OrdercastError as error:
        flash(f"{name}: {desk().wording.of(error)}", "bad")
    return redirect(url_for(".provider", name=name))


@blp.post("/providers/<name>/pause")
@needs(Role.OPERATOR)
def pause(name: str) -> Response:
    desk().pause(name, by=whoever(), why=why())
    web().board.forget()
    flash(f"{name} is paused: nothing is sent there until somebody resumes it.", "good")
    return redirect(url_for(".provider", name=name))


@blp.post("/providers/<name>/resume")
@needs(Role.OPERATOR)
def resume(name: str) -> Response:
    was_closed = desk().resume(name, by=whoever(), why=why())
    web().board.forget()
    flash(f"{name} is open." if was_closed else f"{name} was open already.", "good")
    return redirect(url_for(".provider", name=name))

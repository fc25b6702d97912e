"""Providers: how each stands, a test now, pause and resume, its limits, and the provider table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from schemas.bulk_job import JobKind
from schemas.principal import Role
from worker.errors import OrdercastError
from worker.ops.desk.advice import BadRequest
from worker.ops.desk.capabilities import cells
from worker.ops.desk.desk import accounts
from worker.ops.desk.reconcile import account_of
from worker.ops.desk.sentences import provider_sentence
from worker.ops.desk.vendor_queries import VendorQueries, open_account
from worker.ops.web.api.job_shapes import SCHEMAS
from worker.ops.web.console.jobs import begun
from worker.ops.web.console.reading import filled, form, rate, read, why
from worker.ops.web.current import desk, web
from worker.ops.web.identity import may, needs, whoever
from worker.ops.web.problems import status_of
from worker.providers.http import Driver

blp = Blueprint("providers_pages", __name__)


@blp.get("/providers")
@needs(Role.VIEWER)
def providers() -> str:
    return render_template("providers.html", board=web().board.status(), diff=desk().applying.diff(), cells=cells())


@blp.get("/providers/<name>")
@needs(Role.VIEWER)
def provider(name: str) -> str:
    return _page(name)


@blp.post("/providers/<name>/backfill")
@needs(Role.OPERATOR)
def backfill(name: str) -> tuple[str, int] | Response:
    """Counts the orders that the provider has no delivery of. Nothing is sent before somebody confirms the count."""
    return _begun(name, JobKind.BACKFILL, _backfill)


@blp.post("/providers/<name>/reconcile")
@needs(Role.OPERATOR)
def reconcile(name: str) -> tuple[str, int] | Response:
    """Counts the orders to ask for. Nothing is asked before somebody confirms the count."""
    return _begun(name, JobKind.RECONCILE, _reconcile)


def _begun(name: str, kind: JobKind, asked: Callable[[], dict[str, Any]]) -> tuple[str, int] | Response:
    """To the job; or the page again, with what was typed and what is wrong with it."""
    try:
        paced = {"rate_per_second": per_second} if (per_second := rate()) else {}
        schema = SCHEMAS[kind]()
        return begun(read(schema, {"kind": kind, "provider": name, **paced, **asked()}))
    except BadRequest as error:
        return _page(name, fault=desk().wording.of(error), wrong=kind, typed=request.form), status_of(error)


def _backfill() -> dict[str, Any]:
    return {"filter": filled("source", "order", "since"), "why": why()}


def _reconcile() -> dict[str, Any]:
    sample = form("sample")
    drawn = {"sample": int(sample) if re.fullmatch(r"[0-9]{1,9}", sample) else sample} if sample else {}
    since = form("since", needed="Say since when, such as 7d or 2026-11-21: of orders that were heard of since then.")
    return {"since": since, **filled("source", "why"), **drawn, "heal": "heal" in request.form}


def _page(name: str, **more: Any) -> str:
    row = next((one for one in web().board.status().providers if one.provider == name), None)
    account = next((one for one in accounts(web().config) if one.provider == name), None)
    if row is None and account is None:
        raise NotFound
    deeds = [deed for deed in desk().deeds() if name in deed.what.split()][:20]
    sentence = provider_sentence(row) if row else ""
    told: dict[str, Any] = {"row": row, "account": account, "deeds": deeds, "sentence": sentence, "typed": {}}
    return render_template("provider.html", name=name, not_askable=_why_not_askable(name), **(told | more))


def _why_not_askable(name: str) -> str:
    """Why a vendor cannot be asked what it holds, for who may ask; empty where it can."""
    if not may(whoever().role, Role.OPERATOR):
        return ""
    try:
        account_of(desk().jobs, name)
    except BadRequest as error:
        return desk().wording.of(error)
    return ""


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

"""Who may come in: users and tokens."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from schemas.principal import Role
from worker.ops.desk.addresses import web_address
from worker.ops.desk.advice import BadRequest
from worker.ops.web.console.reading import form
from worker.ops.web.current import access, web
from worker.ops.web.identity import LADDER, needs, whoever

blp = Blueprint("people", __name__)


@blp.get("/people")
@needs(Role.ADMIN)
def people() -> str:
    return _page()


@blp.post("/people/users")
@needs(Role.ADMIN)
def add_user() -> str:
    name = form("name", needed="Say the name.").lower()
    code = access().add_user(name, _role(), by=whoever(), why=form("why"))
    return _page(link=f"{web_address(web().config.web)}/welcome/{code}", invited=name)


@blp.post("/people/users/<name>/invite")
@needs(Role.ADMIN)
def invite(name: str) -> str:
    code = access().invite_again(name, by=whoever(), why=form("why"))
    return _page(link=f"{web_address(web().config.web)}/welcome/{code}", invited=name)


@blp.post("/people/users/<name>/role")
@needs(Role.ADMIN)
def change_role(name: str) -> Response:
    role = _role()
    access().change_role(name, role, by=whoever(), why=form("why"))
    flash(f"{name} is {role} now.", "good")
    return redirect(url_for(".people"))


@blp.post("/people/users/<name>/remove")
@needs(Role.ADMIN)
def remove_user(name: str) -> Response:
    access().remove_user(name, by=whoever(), why=form("why"))
    flash(f"{name} is removed, and logged out everywhere.", "good")
    return redirect(url_for(".people"))


@blp.post("/people/tokens")
@needs(Role.ADMIN)
def create_token() -> str:
    name, role = form("name", needed="Say the name.").lower(), _role(and_producer=True)
    sources = form("sources").split() or ["*"]
    secret = access().create_token(name, role, by=whoever(), why=form("why"), sources=sources)
    return _page(token=secret, token_name=name)


@blp.post("/people/tokens/<name>/revoke")
@needs(Role.ADMIN)
def revoke_token(name: str) -> Response:
    access().revoke_token(name, by=whoever(), why=form("why"))
    flash(f"The token {name} is revoked.", "good")
    return redirect(url_for(".people"))


def _page(**more: str) -> str:
    users, tokens = access().users.listed(), access().tokens.listed()
    return render_template("people.html", users=users, tokens=tokens, roles=LADDER, **more)


def _role(*, and_producer: bool = False) -> Role:
    allowed = [*LADDER, Role.PRODUCER] if and_producer else [*LADDER]
    said = form("role", needed="Say the role.")
    if said not in [role.value for role in allowed]:
        raise BadRequest(f"There is no role {said!r}: there are {', '.join(allowed)}.", field="role")
    return Role(said)

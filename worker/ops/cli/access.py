"""``user`` and ``token``: who may come to the web, people by password and programs by token."""

from __future__ import annotations

import click

from schemas.principal import Role
from worker.ops.cli import tables
from worker.ops.cli.output import Form, answer, answer_all, counted, say, with_form
from worker.ops.cli.session import open_desk, open_desk_to_read, principal, settings
from worker.ops.desk.access import Access
from worker.ops.desk.addresses import web_address

PEOPLE = [role.value for role in (Role.VIEWER, Role.OPERATOR, Role.ADMIN)]
ROLES = [*PEOPLE, Role.PRODUCER.value]
USER_COLUMNS: tables.Columns = {
    "user": lambda user: user.name,
    "role": lambda user: user.role,
    "logs in": lambda user: "yes" if user.has_password else "not yet: invited",
    "made": lambda user: user.made_at,
    "by": lambda user: user.made_by,
}
TOKEN_COLUMNS: tables.Columns = {
    "token": lambda token: token.name,
    "role": lambda token: token.role,
    "sources": lambda token: " ".join(token.sources) if token.role is Role.PRODUCER else "",
    "made": lambda token: token.made_at,
    "by": lambda token: token.made_by,
    "used": lambda token: token.used_at or "never",
}


@click.group
def user() -> None:
    """People who log in to the web: viewers see, operators also replay, discard and pause, admins may do everything."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(PEOPLE), required=True, help="What this person may do.")
@click.option("--why", default="", metavar="TEXT", help="Goes on record.")
def add_user(name: str, role: str, why: str) -> None:
    """Add a person. Prints a link, good once and for a day, at which they choose a password."""
    secret = _access().add_user(name, Role(role), by=principal(), why=why)
    _tell_invitation(name, secret)


@user.command("invite")
@click.argument("name")
@click.option("--why", default="", metavar="TEXT", help="Goes on record.")
def invite_user(name: str, why: str) -> None:
    """Print a new link for a person who lost theirs, or forgot the password."""
    _tell_invitation(name, _access().invite_again(name, by=principal(), why=why))


@user.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(PEOPLE))
@click.option("--why", default="", metavar="TEXT", help="Goes on record.")
def change_role(name: str, role: str, why: str) -> None:
    """Let a person do more, or less."""
    _access().change_role(name, Role(role), by=principal(), why=why)
    say(f"{name} is {role} now.")


@user.command("remove")
@click.argument("name")
@click.option("--why", default="", metavar="TEXT", help="Goes on record.")
def remove_user(name: str, why: str) -> None:
    """Remove a person, who is logged out at once."""
    _access().remove_user(name, by=principal(), why=why)
    say(f"{name} is removed, and logged out everywhere.")


@user.command("list")
@with_form
def list_users(form: Form) -> None:
    """List everybody who may log in."""
    found = Access(open_desk_to_read(settings()).store).users.listed()
    if form is Form.TABLE:
        tables.show(counted(found, "There is no user: `ordercast user add NAME --role admin` adds one."), USER_COLUMNS)
    else:
        answer_all(found, form)


@click.group
def token() -> None:
    """Tokens of programs that use the HTTP API: `Authorization: Bearer TOKEN`."""


@token.command("create")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the program may do.")
@click.option("--source", "sources", multiple=True, metavar="PATTERN", help="Of a producer: the sources it may bring.")
@click.option("--why", default="", metavar="TEXT", help="Goes on record.")
@with_form
def create_token(name: str, role: str, sources: tuple[str, ...], why: str, form: Form) -> None:
    """Make a token and print it: it is shown this once, and only its digest is kept."""
    if sources and role != Role.PRODUCER:
        raise click.UsageError("--source goes with --role producer.")
    made = _access().create_token(name, Role(role), by=principal(), why=why, sources=sources or ("*",))
    if form is Form.TABLE:
        say(f"The token {name}, of role {role}. Keep it now: it is not shown again.")
        click.echo(made)
    else:
        answer({"name": name, "role": role, "token": made}, form)


@token.command("revoke")
@click.argument("name")
@click.option("--why", default="", metavar="TEXT", help="Goes on record.")
def revoke_token(name: str, why: str) -> None:
    """Let nobody in by a token any more, from now on."""
    _access().revoke_token(name, by=principal(), why=why)
    say(f"The token {name} is revoked.")


@token.command("list")
@with_form
def list_tokens(form: Form) -> None:
    """List all tokens, and when each was last used; what opens the door is not kept."""
    found = Access(open_desk_to_read(settings()).store).tokens.listed()
    if form is Form.TABLE:
        tables.show(counted(found, "There is no token."), TOKEN_COLUMNS)
    else:
        answer_all(found, form)


def _access() -> Access:
    return Access(open_desk(settings()).store)


def _tell_invitation(name: str, code: str) -> None:
    say(f"Send this to {name} alone. It is good once, for a day:")
    click.echo(f"{web_address(settings().web)}/welcome/{code}")

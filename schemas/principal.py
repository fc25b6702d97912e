"""Who does something here: a name, what it may do, and at which of our faces it did it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What somebody may do: bring events, look at everything, handle deliveries too, or everything."""

    PRODUCER = "producer"
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


PERSONAL = (Role.VIEWER, Role.OPERATOR, Role.ADMIN)
"""What a person may be: each may do what those before it may."""


class Face(StrEnum):
    """Where somebody stands before us: at the command line, or at the web."""

    CLI = "cli"
    WEB = "web"


class Principal(msgspec.Struct, frozen=True):
    """A person or a program that asks for something to be done. ``request`` is the id of the request at the web, as the
    answer and the log have it."""

    name: str
    role: Role
    face: Face
    request: str = ""

    @property
    def signed(self) -> str:
        """The name as it goes on record: ``mia``, at another face than the command line ``mia via web``."""
        return self.name if self.face is Face.CLI else f"{self.name}{VIA}{self.face}"


SCHEDULE = Principal("a schedule", Role.OPERATOR, Face.CLI)
"""Who asks for what no person has asked for this time: a setting of the configuration does. No user has a name with a
blank in it."""

VIA = " via "


def is_by(signed: str, name: str) -> bool:
    """Whether a record was signed by whoever is called so, at whichever face."""
    return signed == name or signed in {f"{name}{VIA}{face}" for face in Face}

"""How somebody signs what is put on record, and is found there."""

from __future__ import annotations

import pytest

from schemas.principal import Face, Principal, Role, is_by


@pytest.mark.parametrize(("face", "signed"), [(Face.CLI, "mia"), (Face.WEB, "mia via web")])
def test_a_name_is_signed_with_the_face_but_at_the_command_line(face: Face, signed: str) -> None:
    assert Principal("mia", Role.OPERATOR, face).signed == signed


@pytest.mark.parametrize(
    ("signed", "name", "found"),
    [
        ("mia", "mia", True),
        ("mia via web", "mia", True),
        ("mia via web", "mia via web", True),
        ("mia", "mi", False),
        ("mia via mail", "mia", False),
        ("demo", "mia", False),
    ],
)
def test_a_record_is_found_by_the_name_at_whichever_face(signed: str, name: str, found: bool) -> None:
    assert is_by(signed, name) is found

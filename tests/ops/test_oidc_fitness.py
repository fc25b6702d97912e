"""[web.oidc] without what it needs: a sentence that says what to do, before anything is served."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from schemas.config import WebConfig
from schemas.principal import Role
from tests.fakes.ops import Ops
from tests.fakes.ports import free_ports
from worker.errors import ConfigError
from worker.ops.desk.oidc_fitness import oidc_problems
from worker.ops.web.serving import serve
from worker.settings import load_settings

TABLE = """
[web.oidc]
issuer = "https://id.example/realms/shop"
client_id = "desk"
client_secret = { env = "DESK_SECRET" }
"""
ROLES = 'roles = { "the-ops" = "operator" }\n'


def faults(tmp_path: Path, text: str, **environ: str) -> list[str]:
    file = tmp_path / "ordercast.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        load_settings(str(file), {"DESK_SECRET": "s", **environ})
    return error.value.problems


def read(tmp_path: Path, text: str, environ: dict[str, str]) -> WebConfig:
    file = tmp_path / "ordercast.toml"
    file.write_text(text)
    return load_settings(str(file), environ).web


def test_the_table_is_read_with_its_secret_from_where_it_says(tmp_path: Path) -> None:
    web = read(tmp_path, TABLE + ROLES + 'default_role = "viewer"\nscopes = "profile groups"\n', {"DESK_SECRET": "s"})
    assert web.oidc is not None
    assert (web.oidc.client_secret.reveal(), web.oidc.client_secret.origin) == ("s", "variable DESK_SECRET")
    assert web.oidc.roles == {"the-ops": Role.OPERATOR}
    assert (web.oidc.default_role, web.oidc.scopes) == (Role.VIEWER, ("profile", "groups"))
    assert web.passwords


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TABLE, "web.oidc.roles: or default_role must be set: else nobody may come in"),
        (TABLE + 'roles = { ops = "boss" }', "web.oidc.roles.ops: must be one of viewer, operator, admin"),
        (TABLE + 'default_role = "producer"', "web.oidc.default_role: must be one of viewer, operator, admin"),
        ((TABLE + ROLES).replace("https://id", "http://id"), "web.oidc.issuer: must start with https://"),
        ((TABLE + ROLES).replace('{ env = "DESK_SECRET" }', '"in plain"'), "web.oidc.client_secret: is a secret and may not"),
        (TABLE + ROLES + "clientid = 1", "web.oidc.clientid: is not a setting; did you mean client_id"),
        ("[web]\npasswords = false", "web.passwords: may be false only beside [web.oidc]"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_table_is_told_at_its_place(tmp_path: Path, text: str, said: str) -> None:
    found = faults(tmp_path, text)
    assert len(found) == 1, found
    assert found[0].startswith(said)
    assert "in plain" not in found[0]


def test_no_variable_sets_a_table_within_a_table(tmp_path: Path) -> None:
    [said] = faults(tmp_path, "", ORDERCAST_WEB_OIDC_ISSUER="https://id.example")
    assert said.startswith("ORDERCAST_WEB_OIDC_ISSUER: is not a setting")


def test_without_the_extra_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.ops.desk.oidc_fitness.find_spec", lambda _: None)
    file = tmp_path / "ordercast.toml"
    file.write_text(TABLE + ROLES)
    config = load_settings(str(file), {"DESK_SECRET": "s"})
    said = "web.oidc: needs a package that is not installed: `pip install 'ordercast[oidc]'`"
    assert oidc_problems(config.web) == [said]
    with pytest.raises(ConfigError) as error:
        serve(config, str(file), print)
    assert error.value.problems == [said]
    assert error.value.exit_code == 78


def test_a_secret_or_a_file_that_is_not_there_stops_the_desk_and_nothing_else(
    ops: Ops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERCAST_WEB_LISTEN", f"127.0.0.1:{free_ports(1)[0]}")
    ops.config.write_text(ops.config.read_text() + TABLE + ROLES + 'ca_file = "/not/there"\n')
    told = [
        "web.oidc.client_secret: the variable DESK_SECRET is not set", "web.oidc.ca_file: there is no file /not/there",
    ]  # fmt: skip
    config = load_settings(str(ops.config), {})
    assert oidc_problems(config.web) == told
    assert ops.run("status").exit_code == 0
    found = [one for one in ops.json("check", code=1) if one["what"] == "desk"]
    assert [(one["level"], one["message"]) for one in found] == [("fail", sentence) for sentence in told]
    for command in ("up", "web"):
        assert told[0] in ops.error(command, code=78)


def test_of_the_secret_only_what_sets_it_is_among_the_settings(ops: Ops, monkeypatch: Any) -> None:
    assert not [one for one in ops.json("settings", "web") if one["key"].startswith("oidc")]
    ops.config.write_text(ops.config.read_text() + TABLE + ROLES)
    monkeypatch.setenv("DESK_SECRET", "what-nobody-may-see")
    found = {one["key"]: one for one in ops.json("settings", "web")}
    secret = found["oidc.client_secret"]
    assert (secret["value"], secret["origin"]) == (None, "set by $DESK_SECRET")
    assert found["oidc.roles"]["value"] == {"the-ops": "operator"}
    assert found["oidc.label"]["by"] == "default"
    assert "what-nobody-may-see" not in ops.run("settings").stdout


def test_a_desk_without_the_table_needs_nothing_of_the_extra() -> None:
    looked = "import sys; import worker.ops.web.serving; sys.exit(any(n.split('.')[0] in ('authlib', 'joserfc') for n in sys.modules))"
    assert subprocess.run([sys.executable, "-c", looked], check=False).returncode == 0

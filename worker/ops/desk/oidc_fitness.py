"""Whether people can log in by OpenID Connect where it is configured: what it needs beside the settings."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from schemas.config import WebConfig


def oidc_problems(web: WebConfig) -> list[str]:
    """What is missing for [web.oidc], one sentence each, with what to do."""
    oidc = web.oidc
    if oidc is None:
        return []
    found = []
    if find_spec("authlib") is None:
        found.append("web.oidc: needs a package that is not installed: `pip install 'ordercast[oidc]'`")
    if oidc.client_secret.missing:
        found.append(f"web.oidc.client_secret: {oidc.client_secret.missing}")
    if oidc.ca_file and not Path(oidc.ca_file).is_file():
        found.append(f"web.oidc.ca_file: there is no file {oidc.ca_file}")
    return found

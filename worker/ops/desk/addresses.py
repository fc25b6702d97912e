"""Where people find the web."""

from __future__ import annotations

from schemas.config import WebConfig


def web_address(web: WebConfig) -> str:
    """The address that people type: ``[web] url``, or where this machine listens."""
    if web.url:
        return web.url.rstrip("/")
    host, _, port = web.listen.rpartition(":")
    return f"http://{'127.0.0.1' if host in ('0.0.0.0', '[::]') else host}:{port}"  # noqa: S104  compared, not bound

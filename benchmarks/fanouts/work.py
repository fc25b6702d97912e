"""What a fan-out does whatever queue carries it: validate an order, post it to an account from a kept session.

The validation, the bodies and the accounts are Ordercast's own, so that only the way the work is carried differs.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from benchmarks.accounts import make_providers, read_config
from benchmarks.posts import post_of
from schemas.event import decode_event, encode_event
from schemas.loading import read_decoded

URL = os.environ["BENCH_URL"]
"""The store, as the queue at hand wants it written."""

PROVIDERS = make_providers(read_config(Path(os.environ["BENCH_CONFIG"])))
TIMEOUTS_S = (3, 20)
MAX_RETRIES = 10

_kept = threading.local()


def validated(event: dict[str, Any]) -> str:
    """A valid event's body as it goes to the deliveries. Raises ``MalformedEvent`` and what validation raises."""
    return encode_event(read_decoded(event, limit_bytes=262_144, now=datetime.now(UTC))).decode()


def posted(provider: str, body: str) -> str:
    """The account's word for the order it has saved, after one POST. Raises ``requests.RequestException``."""
    post = post_of(PROVIDERS[provider], decode_event(body))
    reply = _session(provider).post(post.url, data=post.body, headers=dict(post.headers), timeout=TIMEOUTS_S)
    reply.raise_for_status()
    answer = reply.json()
    return str(answer["order"]["id"]) if "order" in answer else str(answer["message"])


def _session(provider: str) -> requests.Session:
    sessions: dict[str, requests.Session] = _kept.__dict__.setdefault("sessions", {})
    if provider not in sessions:
        sessions[provider] = requests.Session()
    return sessions[provider]

"""The plain Celery fan-out: validate, four ``deliver.delay``, kept sessions, retries by Celery.

What is not Celery's is Ordercast's own and the same: the validation, the adapters' bodies, the accounts.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from celery import Celery

from benchmarks.accounts import make_providers, read_config
from benchmarks.posts import post_of
from schemas.event import decode_event, encode_event
from schemas.loading import read_decoded

app = Celery("fanout", broker=os.environ["BENCH_URL"], backend=os.environ["BENCH_URL"])
app.conf.update(task_default_queue="fanout", broker_connection_retry_on_startup=True)

PROVIDERS = make_providers(read_config(Path(os.environ["BENCH_CONFIG"])))
TIMEOUTS_S = (3, 20)

_kept = threading.local()


@app.task(name="fanout.accept", acks_late=True)
def accept(event: dict[str, Any]) -> None:
    """Validate an event and call one delivery for each account."""
    valid = read_decoded(event, limit_bytes=262_144, now=datetime.now(UTC))
    body = encode_event(valid).decode()
    for provider in PROVIDERS:
        deliver.delay(provider, body)


@app.task(
    name="fanout.deliver",
    acks_late=True,
    autoretry_for=(requests.RequestException,),
    retry_backoff=True,
    max_retries=10,
)
def deliver(provider: str, body: str) -> str:
    """The account's word for the order it has saved."""
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

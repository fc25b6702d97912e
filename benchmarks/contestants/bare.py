"""Bare ``requests``: the same bodies, made beforehand, posted from kept sessions. The floor for anything in Python."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import requests

from benchmarks.accounts import make_providers, read_config
from benchmarks.contestants import Scene
from benchmarks.posts import Post, post_of
from schemas.loading import read_decoded

PROCESSES = 2
THREADS = (8, 1, 2, 4)
"""Its ways: threads of each process."""


class Bare:
    """Two processes that share a heap of prepared posts. ``how`` is ``post`` (``Session.post``) or ``send``."""

    uses_store = False

    def __init__(self, how: str, threads: int) -> None:
        called = {"post": "Session.post", "send": "prepared Session.send"}[how]
        self.name = f"requests, {called} ({PROCESSES} x {threads} threads)"
        self.how = how
        self.threads = threads

    def commands(self, scene: Scene) -> Sequence[Sequence[str]]:
        poster = [sys.executable, "-m", "benchmarks.poster", self.how, str(self.threads)]
        return [[*poster, str(scene.scratch / f"heap-{number}")] for number in range(PROCESSES)]

    def environ(self, scene: Scene) -> Mapping[str, str]:
        del scene
        return {}

    def hand_over(self, scene: Scene, events: Sequence[dict[str, Any]]) -> None:
        posts = [_prepared(post) if self.how == "send" else post for post in _posts(scene, events)]
        for number in range(PROCESSES):
            draft = scene.scratch / f"draft-{number}"
            draft.write_bytes(pickle.dumps(posts[number::PROCESSES]))
            draft.rename(scene.scratch / f"heap-{number}")


def _posts(scene: Scene, events: Sequence[dict[str, Any]]) -> list[Post]:
    providers, now = make_providers(read_config(scene.config)).values(), datetime.now(UTC)
    valid = [read_decoded(event, limit_bytes=262_144, now=now) for event in events]
    return [post_of(provider, event) for event in valid for provider in providers]


def _prepared(post: Post) -> requests.PreparedRequest:
    with requests.Session() as session:
        return session.prepare_request(requests.Request("POST", post.url, headers=dict(post.headers), data=post.body))

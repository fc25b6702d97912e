"""Posts heaps of prepared requests as fast as bare ``requests`` can: ``python -m benchmarks.poster HOW THREADS HEAP``.

A heap is a file that appears at HEAP; it is taken, posted and waited for again.
"""

from __future__ import annotations

import pickle
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

LOOK_S = 0.01
TIMEOUTS_S = (3, 20)

Heaped = Any
"""A ``Post``, or a ``PreparedRequest`` for ``send``."""


def main() -> None:
    how, threads, heap = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    sessions = [requests.Session() for _ in range(threads)]
    while True:
        if not heap.exists():
            time.sleep(LOOK_S)
            continue
        posts = pickle.loads(heap.read_bytes())
        heap.unlink()
        _post_all(sessions, posts, how)


def _post_all(sessions: list[requests.Session], posts: list[Heaped], how: str) -> None:
    heap = iter(posts)
    taking = threading.Lock()

    def taken() -> Iterator[Heaped]:
        while True:
            with taking:
                post = next(heap, None)
            if post is None:
                return
            yield post

    way: Callable[[requests.Session, Iterator[Heaped]], None] = {"post": _by_post, "send": _by_send}[how]
    team = [threading.Thread(target=way, args=(session, taken())) for session in sessions]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()


def _by_post(session: requests.Session, posts: Iterator[Heaped]) -> None:
    for post in posts:
        session.post(post.url, data=post.body, headers=dict(post.headers), timeout=TIMEOUTS_S).raise_for_status()


def _by_send(session: requests.Session, posts: Iterator[Heaped]) -> None:
    for prepared in posts:
        session.send(prepared, timeout=TIMEOUTS_S).raise_for_status()


if __name__ == "__main__":
    main()

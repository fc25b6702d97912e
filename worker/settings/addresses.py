"""The files that the store's and the broker's addresses name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from schemas.address import TLS_FILES, read_address
from schemas.config import StoreConfig


def missing_files(store: StoreConfig) -> Iterator[str]:
    """A problem for each certificate or key that is not there: at a connection nobody would say which."""
    shards = [("shards", url) for url in store.shards]
    for key, url in (("url", store.url), ("broker_url", store.broker_url), *shards):
        options = read_address(url).options if url else {}
        for name in TLS_FILES:
            if name in options and not Path(options[name]).is_file():
                yield f"store.{key}: {name} names a file that is not there ({options[name]})"

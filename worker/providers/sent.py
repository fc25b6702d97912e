"""A request as people may see it: without our secrets. The customer stays in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

from schemas.delivery import SentRequest
from worker.masks import MASK, pattern_of
from worker.providers.base import Request


def shown_request(request: Request, secrets: Iterable[str]) -> SentRequest:
    """The request with stars for every secret in its body, however it is written there."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return SentRequest(
        digest=sha256(request.body).hexdigest()[:16],
        step=request.step,
        method=request.method,
        content_type=headers.get("content-type", ""),
        body=shown_text(request.body.decode("utf-8", "surrogateescape"), secrets).encode("utf-8", "surrogateescape"),
    )


def shown_text(text: str, secrets: Iterable[str]) -> str:
    """The text with stars for every secret, however it is written."""
    pattern = pattern_of(secrets)
    return re.sub(pattern, MASK, text, flags=re.IGNORECASE) if pattern else text

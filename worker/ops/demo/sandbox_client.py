"""A running sandbox as people ask it: what a vendor holds, what it was asked, and what shall go wrong there."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from worker.errors import OrdercastError

ANSWER_S = 30.0
LOOK_S = 1.0


class SandboxUnreachable(OrdercastError):
    """The sandbox does not answer."""

    reason = "sandbox_unreachable"


@dataclass(frozen=True, slots=True)
class SandboxClient:
    """The vendors played at ``url``. Every method raises ``SandboxUnreachable``."""

    url: str

    def orders(self, kind: str) -> list[dict[str, Any]]:
        """Every order that a vendor holds, with ``key``, ``id`` and ``saves`` in the order they were committed."""
        held: list[dict[str, Any]] = self._ask("GET", f"{kind}/orders")
        return held

    def calls(self, kind: str) -> list[dict[str, Any]]:
        """The calls that a vendor was asked, the oldest first."""
        asked: list[dict[str, Any]] = self._ask("GET", f"{kind}/calls")
        return asked

    def break_with(self, kind: str, **fault: Any) -> None:
        """Make something go wrong at a vendor, as ``POST /_sandbox/<kind>/faults`` takes it."""
        self._ask("POST", f"{kind}/faults", fault)

    def repair(self, kind: str) -> None:
        """Let nothing go wrong at a vendor any more."""
        self._ask("DELETE", f"{kind}/faults")

    def is_up(self) -> bool:
        try:
            self._ask("GET", "", answer_s=LOOK_S)
        except SandboxUnreachable:
            return False
        return True

    def _ask(self, method: str, path: str, sent: object = None, answer_s: float = ANSWER_S) -> Any:
        place = urlsplit(self.url)
        line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=answer_s)
        try:
            line.request(method, f"/_sandbox/{path}".rstrip("/"), None if sent is None else json.dumps(sent))
            answer = line.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise SandboxUnreachable(f"The sandbox at {self.url} does not answer: {error}") from error
        finally:
            line.close()
        if answer.status >= http.client.BAD_REQUEST:
            raise SandboxUnreachable(f"The sandbox refuses {method} {path} (HTTP {answer.status}): {body.decode()}")
        return json.loads(body) if body else None

"""The three ways in which a request gets no answer. They never leave this room: the driver makes outcomes of them."""

from __future__ import annotations


class Fault(Exception):
    """A request without a readable answer. Its text is a sentence for people, free of URLs, headers and bodies."""


class Unreachable(Fault):
    """No connection: nothing was sent."""


class Unanswered(Fault):
    """Sent, wholly or in part, and no answer came."""


class Garbled(Fault):
    """Something came back that is no HTTP answer, or an absurd one. ``line`` is its first line where there is one."""

    def __init__(self, sentence: str, line: str = "") -> None:
        super().__init__(sentence)
        self.line = line

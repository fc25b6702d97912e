"""One conversation being run: the adapter's generator on one side, the network on the other."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Generator
from contextlib import closing
from functools import lru_cache
from pathlib import PurePath
from typing import Any, TypeVar

import msgspec

from schemas.delivery import Link
from schemas.outcome import Outcome, OutcomeKind, Reason
from worker import alerts
from worker.errors import LeaseLost
from worker.providers.base import (
    Absent,
    Conversation,
    Found,
    Job,
    Operation,
    Provider,
    Read,
    Reply,
    Request,
    Settled,
    Undetermined,
)
from worker.providers.deadline import TimedCall
from worker.providers.transport_errors import Fault, Garbled, Unreachable

Guard = Callable[[float], bool]
"""Asked right before each mutating request: does the lease last so many more seconds?"""

Exchange = Callable[[Request, TimedCall], Reply]
"""Sends one request. Raises a ``Fault`` where no answer comes."""

CALL_MARGIN_S = 2.0
"""What must be left of a lease past the call's deadline, to write down what came of it."""

_NOT_DONE = frozenset({OutcomeKind.THROTTLED, OutcomeKind.UNAUTHORIZED, OutcomeKind.UNAVAILABLE})
"""Answers by which the request that they answer has changed nothing."""

Ended = Outcome | Found | Absent | Settled | Undetermined | Read
"""What a conversation, a look-up or a question may end with."""

Turns = TypeVar("Turns", bound=Generator[Request, Reply, Any])

_FRAMES = -6  # the innermost: they fit into an excerpt together with the error
_CREDENTIALS = ("auth", "key", "secret", "token")


class ConversationRun:
    """One conversation, from its first request to what came of it.

    ``calls`` counts the requests that left. ``may_have_been_done`` says that a mutating one did and was not turned
    away at the door, ``earlier`` that one did before the last request. ``sent`` is the last mutating request that left.
    """

    def __init__(
        self, provider: Provider, guard: Guard | None, begin: Callable[[], TimedCall], exchange: Exchange
    ) -> None:
        self.account = provider.config
        self.needed_s = provider.config.timeout.total_s + CALL_MARGIN_S
        self.guard = guard
        self.begin = begin
        self.exchange = exchange
        self.calls = 0
        self.may_have_been_done = False
        self.earlier = False
        self.sent: Request | None = None
        self.credentials: set[str] = set()

    def result_of(self, conversation: Generator[Request, Reply, Any]) -> Ended:
        """What came of it. Raises ``LeaseLost`` where the lease was too short and nothing mutating had been sent."""
        try:
            with closing(conversation):
                return self._judged(self._turns(conversation))
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001  an adapter's bug must not spin, nor kill its runner
            return self._crashed(error)

    def _turns(self, conversation: Generator[Request, Reply, Any]) -> Any:
        reply: Reply | None = None
        while True:
            try:
                request = conversation.send(reply)  # type: ignore[arg-type]  # a generator starts with None
            except StopIteration as end:
                return end.value
            self.earlier = self.may_have_been_done
            if request.mutating and self.guard is not None and not self.guard(self.needed_s):
                return self._lease_too_short()
            try:
                reply = self._sent(request)
            except Fault as fault:
                return self._unanswered(fault, request.known)

    def _sent(self, request: Request) -> Reply:
        self.credentials |= credentials_of(request)
        call = self.begin()
        try:
            return self.exchange(request, call)
        finally:
            self.calls += call.sent
            if request.mutating and call.sent:
                self.may_have_been_done = True
                self.sent = request

    def _judged(self, result: Any) -> Ended:
        if not isinstance(result, Ended):
            raise TypeError(f"a conversation ended with {type(result).__name__}, not with an outcome")
        if isinstance(result, Outcome) and result.kind in _NOT_DONE:
            self.may_have_been_done = self.earlier
            if self.earlier and result.kind is OutcomeKind.UNAVAILABLE:
                # Unavailable means surely not done, and the step before this one was.
                return msgspec.structs.replace(result, kind=OutcomeKind.UNKNOWN)
        answer: Ended = result
        return answer

    def _lease_too_short(self) -> Outcome:
        if not self.may_have_been_done:
            raise LeaseLost("The lease is too short for a call: nothing was sent.")
        message = "The lease became too short between two calls: the conversation was not finished."
        return Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.WORKER_LOST, message=message)

    def _unanswered(self, fault: Fault, known: Link | None) -> Outcome:
        message = str(fault)
        if isinstance(fault, Garbled):
            kind, reason = OutcomeKind.UNREADABLE, Reason.UNREADABLE
            return Outcome(kind=kind, reason=reason, message=message, excerpt=fault.line, link=known)
        if self.may_have_been_done:
            return Outcome(kind=OutcomeKind.UNKNOWN, reason=Reason.NO_ANSWER, message=message, link=known)
        reason = Reason.CONNECT if isinstance(fault, Unreachable) else Reason.NO_ANSWER
        return Outcome(kind=OutcomeKind.UNAVAILABLE, reason=reason, message=message)

    def _crashed(self, error: Exception) -> Outcome:
        self._tell(error)
        text = "".join(traceback.format_exception(error, limit=_FRAMES, chain=False))
        message = f"The adapter failed: {type(error).__name__}."
        kind, reason = OutcomeKind.UNREADABLE, Reason.CRASHED
        return Outcome(kind=kind, reason=reason, message=message, excerpt=text)

    def _tell(self, error: Exception) -> None:
        """Where the adapter failed, by its code alone: the error's own text may have a customer's words in it."""
        frames = traceback.extract_tb(error.__traceback__)[_FRAMES:]
        last = frames[-1]
        where = f"{PurePath(last.filename).name}:{last.lineno} in {last.name}"
        trace = "".join(traceback.format_list(frames))
        alerts.adapter_failed(self.account.name, self.account.kind, type(error).__name__, where, trace)


def begun(begin: Callable[[], Turns]) -> Turns:
    """The conversation or look-up that this begins. An adapter that fails already here fails once it is run, where its
    failure is what came of the attempt: else it would end the runner, and the delivery would spin."""
    try:
        return begin()
    except Exception as error:  # noqa: BLE001  whatever an adapter does wrong
        return _failing(error)  # type: ignore[return-value]  # it raises before its type could matter


def operation_of(provider: Provider, job: Job) -> Operation:
    """What the job comes to at this provider; where the adapter fails to say so, an operation that fails likewise."""
    try:
        return provider.operation(job)
    except Exception as error:  # noqa: BLE001  as in ``begun``
        failure = error
        return Operation("failed", lambda: _failing(failure), calls=0)


def _failing(error: Exception) -> Conversation:
    raise error
    yield


def credentials_of(request: Request) -> set[str]:
    """What a request carries to be let in: tokens too, which no setting names."""
    return {
        word
        for name, value in request.headers.items()
        if _lets_in(name)
        for word in value.split()
        if len(word) > len("Bearer")
    }


@lru_cache(maxsize=256)
def _lets_in(name: str) -> bool:
    return any(part in name.lower() for part in _CREDENTIALS)
